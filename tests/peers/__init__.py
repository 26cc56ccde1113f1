"""Real protocol peers for tests: SIP, SDP and RTP over plain sockets, independent of PJSIP.

    raw_phone.RawPhone      a telephone: calls, answers, talks, presses keys, holds, misbehaves
    called_side.Behaviour   how it answers calls, transfers and re-INVITEs
    registrar.Registrar     a small PBX: digest registration, calls from and to it
    heard                   what arrived: time line, onset, quiet, keys, jitter
    rtp_packet              lose, corrupt: for `phone.rtp.mangle`

    raw_phone -> called_side -> agent (transactions, timers, history) -> transport (UDP, TCP)
                      |
                      +-> rtp (paced sender, stamped receiver) -> g711, rtp_packet

Every time in this package is CLOCK_MONOTONIC in ns (one clock for all processes of a machine);
the kernel's receive time stamps are moved onto it. A reply gap is
`wait_speech(phone.rtp, said.last_packet_ns) - said.last_packet_ns`: from the moment the caller's
mouth closes (the packet with the last sample leaves) to the first loud sample of the answer.
"""
