"""SIP calls: packets enter and leave here; the rest of the program sees a `Line`.

    RTP in --> jitter buffer --> FramePort.onFrameReceived --+
               (PJSIP)           (PJSIP's clock thread)      v
                                                        PhoneLine --events--> call.py (its own thread)
                                                             ^                   |
    RTP out <-- codec <-------- FramePort.onFrameRequested <-+-- Playout <-- play, clear
               (PJSIP)

One owner thread runs SipEndpoint: every pjsua2 object lives and dies there. Others hand it
jobs and know a call by a number of ours, never by a pj.Call.
"""
