"""The caller's frames and keys enter, listening events leave. No clock, no thread: time is `Frame.at`.

    Frame --> echo.py       our own voice is taken out
          -> vad.py         is there speech? quiet, starting, speaking, stopping (with silero.py)
         \\-> turns.py       the last seconds heard, utterances with their pre-roll, no-input time
    Digit --> keys.py       keys of a turn, and keys typed ahead of it
    prompt -> bargein.py    may this stop the voice? evidence: burst.py, onset.py, speaker.py, words

`listener.Listener` puts them together and is all that a call sees.
"""
