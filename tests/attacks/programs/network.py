# attack: reaches a server of the host by TCP, UDP, raw and abstract sockets
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
import os
import socket

found = []
port = int(os.environ["HOST_PORT"])


def attempt(name, family, kind, use):
    try:
        with socket.socket(family, kind) as one:
            one.settimeout(2)
            use(one)
        found.append(name)
    except OSError:
        pass


attempt("tcp", socket.AF_INET, socket.SOCK_STREAM, lambda s: s.connect(("127.0.0.1", port)))
attempt("tcp6", socket.AF_INET6, socket.SOCK_STREAM, lambda s: s.connect(("::1", port)))
attempt("udp", socket.AF_INET, socket.SOCK_DGRAM, lambda s: s.sendto(b"x", ("127.0.0.1", port)))
attempt("raw", socket.AF_INET, socket.SOCK_RAW, lambda s: s.sendto(b"x", ("127.0.0.1", 0)))
attempt("packet", socket.AF_PACKET, socket.SOCK_RAW, lambda s: None)
attempt("netlink", socket.AF_NETLINK, socket.SOCK_RAW, lambda s: None)
attempt("vsock", socket.AF_VSOCK, socket.SOCK_STREAM, lambda s: None)
attempt("abstract", socket.AF_UNIX, socket.SOCK_STREAM, lambda s: s.connect("\0" + os.environ["HOST_SOCKET"]))
print(found or "held")
