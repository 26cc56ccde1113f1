"""python -m examples.loan_backend: serves the customer system until it is interrupted."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from datetime import date, datetime

from examples.loan_backend import LoanBackend, serve


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.loan_backend")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (loopback unless a token is set)"
    )
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--db", default=":memory:", help="SQLite file; kept and used again (default: memory)")
    parser.add_argument("--customers", type=int, default=200, help="how many, the fixed ones included")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--token", default=os.environ.get("LOAN_BACKEND_TOKEN"), help="bearer token to ask for"
    )
    parser.add_argument("--trouble", action="store_true", help="serve /trouble/KIND/... too")
    parser.add_argument("--outbox", action="store_true", help="serve /outbox/CUSTOMER too: codes can be read")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    backend = LoanBackend(
        given.db,
        date.today(),
        given.seed,
        customers=given.customers,
        clock=datetime.now,
        test_switch=given.outbox,
    )
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with serve(backend, given.host, given.port, token=given.token, trouble=given.trouble) as serving:
            print(f"Loan backend: {serving.url}", flush=True)
            ended.wait()
    except (OSError, ValueError) as error:
        sys.exit(f"Loan backend: {error}")
    finally:
        backend.close()


if __name__ == "__main__":
    main()
