package io.stepoll;

import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Descriptors that are no sockets, each with a way to make it readable. */
enum FileKind {
    PIPE, TERMINAL, TIMERFD, INOTIFY, EVENTFD;

    private static final long SOON_NANOS = 1_000_000;
    /** For an inotify event: 16 and the name, which is padded. */
    static final int LARGEST = 400;

    /** A descriptor, and what makes it readable. */
    static final class Source implements AutoCloseable {
        private final FileKind kind;
        private final Path folder;
        final int fd;
        /** Where what is read comes from; -1 if from the kernel itself. */
        final int other;

        private Source(FileKind kind, int fd, int other, Path folder) {
            this.kind = kind;
            this.fd = RawSockets.check(fd);
            this.other = other;
            this.folder = folder;
        }

        /** From here on, or a moment later, there is something to read. */
        void feed() throws IOException {
            switch (kind) {
                case PIPE -> Libc.write(other, "pipe");
                case TERMINAL -> Libc.write(other, "line\n");
                case TIMERFD -> Libc.timerfdSet(fd, SOON_NANOS, 0);
                case INOTIFY -> Files.createFile(folder.resolve(UUID.randomUUID().toString()));
                case EVENTFD -> RawSockets.check(Descriptors.eventfdWrite(fd));
            }
        }

        /** What one feeding gives to read. */
        int bytes() {
            return switch (kind) {
                case PIPE -> "pipe".length();
                case TERMINAL -> "line\n".length();
                case TIMERFD, EVENTFD -> Long.BYTES;
                case INOTIFY -> 16 + 48; // the name and its end, up to a multiple of 16
            };
        }

        /** What the loop does not close. */
        @Override
        public void close() {
            if (other >= 0) {
                RawSockets.close(other);
            }
        }
    }

    Source open(Path folder) {
        return switch (this) {
            case PIPE -> {
                int[] ends = Libc.pipe();
                yield new Source(this, ends[0], ends[1], folder);
            }
            case TERMINAL -> {
                int[] ends = Libc.terminal();
                yield new Source(this, ends[1], ends[0], folder);
            }
            case TIMERFD -> new Source(this, Libc.timerfd(), -1, folder);
            case INOTIFY -> {
                int fd = RawSockets.check(Libc.inotify());
                RawSockets.check(Libc.inotifyWatch(fd, folder.toString(), Libc.IN_CREATE));
                yield new Source(this, fd, -1, folder);
            }
            case EVENTFD -> new Source(this, Descriptors.eventfd(), -1, folder);
        };
    }

    static ByteBuffer buffer() {
        return ByteBuffer.allocate(LARGEST);
    }
}
