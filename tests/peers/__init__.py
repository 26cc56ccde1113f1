"""Real protocol peers for tests: SIP, SDP and RTP over plain sockets, independent of PJSIP.

    raw_phone.RawPhone    a telephone: calls, answers, talks, presses keys, holds, misbehaves
    registrar.Registrar   a small PBX: digest registration, calls from and to it

Every time in this package is CLOCK_MONOTONIC in ns (one clock for all processes of a machine);
the kernel's receive time stamps are moved onto it.
"""
