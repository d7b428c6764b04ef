"""A server that answers any request with the same bytes: `python constant.py PORT BYTES SLEEPS`.

What a load client can do at most is measured against it, so it does as little as a server can. With
SLEEPS 0 it never sleeps, because to be woken takes longer than to answer: for one client, which
waits for it; not for many, which need its processor.
"""

from __future__ import annotations

import select
import socket
import sys


def main(port: int, size: int, sleeps: bool) -> None:
    """Serve until killed. A request is what ends with an empty line."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    listener = socket.create_server(("127.0.0.1", port))
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    open_ones: dict[int, socket.socket] = {}
    while True:
        for number, _ in poll.poll(-1 if sleeps else 0):
            if number == listener.fileno():
                taken, _ = listener.accept()
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                open_ones[taken.fileno()] = taken
                poll.register(taken, select.EPOLLIN)
                continue
            try:
                asked = open_ones[number].recv(65_536)
                if asked.endswith(b"\r\n\r\n"):
                    open_ones[number].sendall(answer)
            except OSError:
                asked = b""
            if not asked:
                poll.unregister(number)
                open_ones.pop(number).close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1")
