"""Records control messages and addresses of real sockets as inputs for the fuzzers: python3 seeds.py FOLDER

The corpus began with these inputs. `.ci/fuzz SECONDS keep` has merged them with what libFuzzer has found since. Each
target reads its numbers as kernel.c's next() does: as many bytes as the limit has, the highest first.
"""
import array
import os
import socket
import struct
import sys

SO_PASSPIDFD = 76
SO_TIMESTAMP = 29
SO_TIMESTAMPNS = 35


def number(value, limit):
    return value.to_bytes((limit.bit_length() + 7) // 8, "big")


def encoded(messages):
    """The memory that recvmsg(2) would have filled with these messages."""
    memory = b""
    for level, kind, data in messages:
        memory += struct.pack("@Nii", 16 + len(data), level, kind) + data
        memory += bytes(-len(memory) % 8)
    return memory


def recorded():
    """Control data of real messages: of descriptors, credentials, times and pidfds, in all combinations."""
    for asked in range(16):
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        options = [socket.SO_PASSCRED, SO_TIMESTAMP, SO_TIMESTAMPNS, SO_PASSPIDFD]
        for bit, option in enumerate(options):
            if asked >> bit & 1:
                try:
                    other.setsockopt(socket.SOL_SOCKET, option, 1)
                except OSError:
                    pass  # an older kernel has no pidfds here
        for count in (0, 1, 3, 253):
            numbers = array.array("i", [one.fileno()] * count)
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)] if count else []
            one.sendmsg([b"x"], ancillary)
            messages = other.recvmsg(1, 4096)[1]
            for level, kind, data in messages:
                if (level, kind) in ((socket.SOL_SOCKET, socket.SCM_RIGHTS), (socket.SOL_SOCKET, 4)):
                    for fd in array.array("i", data):
                        os.close(fd)
            yield encoded(messages)


def addresses():
    for family, name in ((socket.AF_UNIX, "/tmp/name"), (socket.AF_UNIX, "\0name"), (socket.AF_INET, "127.0.0.1"),
                         (socket.AF_INET6, "::1")):
        if family == socket.AF_UNIX:
            yield struct.pack("@H", family) + os.fsencode(name)
        elif family == socket.AF_INET:
            yield struct.pack("@H", family) + struct.pack("!H", 7) + socket.inet_pton(family, name) + bytes(8)
        else:
            yield struct.pack("@H", family) + struct.pack("!HI", 7, 0) + socket.inet_pton(family, name) + bytes(4)


def main(folder):
    inputs = {"control": [], "passing": [], "addresses": []}
    for control in sorted(set(recorded())):
        for kind in (0, 1):
            inputs["control"].append(bytes([kind]) + number(253, 300) + bytes([0]) + control)
        # receive(): 4 bytes, descriptors are taken, the call does not fail, no flags, so much control data, it
        inputs["passing"].append(bytes([2, 4, 1]) + bytes(4 + 253 * 4) + bytes([3]) + bytes(4) + bytes(2)
                                 + number(len(control), 2064) + control + bytes([4]))
    for name in addresses():
        for kind in range(4):
            inputs["addresses"].append(bytes([kind, 128]) + name.ljust(128, b"\0") + bytes([1]) + name)
    for target, all_of_it in inputs.items():
        os.makedirs(os.path.join(folder, target), exist_ok=True)
        for place, content in enumerate(all_of_it):
            with open(os.path.join(folder, target, f"recorded-{place:03}"), "wb") as file:
                file.write(content)


main(sys.argv[1])
