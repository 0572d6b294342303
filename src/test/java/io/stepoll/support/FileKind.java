package io.stepoll.support;

import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Kinds of descriptors that are no sockets, each with a way to make one readable. */
public enum FileKind {
    PIPE, TERMINAL, TIMERFD, INOTIFY, EVENTFD;

    private static final long SOON_NANOS = 1_000_000;
    /** Room for an inotify event: a header of 16 bytes, and a padded name of at most 256. */
    private static final int BUFFER_BYTES = 400;

    /** A descriptor, with what makes it readable. */
    public static final class Source implements AutoCloseable {
        private final FileKind kind;
        private final Path folder;
        public final int fd;
        /** The other end of the pipe or terminal, where the test writes; -1 if the kernel itself makes the data. */
        public final int other;

        private Source(FileKind kind, int fd, int other, Path folder) {
            this.kind = kind;
            this.fd = RawSockets.check(fd);
            this.other = other;
            this.folder = folder;
        }

        /** Makes the descriptor readable, at once or a moment later. */
        public void feed() throws IOException {
            switch (kind) {
                case PIPE -> Libc.write(other, "pipe");
                case TERMINAL -> Libc.write(other, "line\n");
                case TIMERFD -> Libc.timerfdSet(fd, SOON_NANOS, 0);
                case INOTIFY -> Files.createFile(folder.resolve(UUID.randomUUID().toString()));
                case EVENTFD -> RawSockets.check(Descriptors.eventfdWrite(fd));
            }
        }

        /** How many bytes can be read after one {@link #feed}. */
        public int bytes() {
            return switch (kind) {
                case PIPE -> "pipe".length();
                case TERMINAL -> "line\n".length();
                case TIMERFD, EVENTFD -> Long.BYTES;
                case INOTIFY -> 16 + 48; // a UUID of 36 characters and a NUL, padded to a multiple of 16
            };
        }

        /** Closes the other end. The loop closes the descriptor itself. */
        @Override
        public void close() {
            if (other >= 0) {
                RawSockets.close(other);
            }
        }
    }

    /** Opens a descriptor of this kind; an inotify one watches the folder. */
    public Source open(Path folder) {
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

    /** A new buffer that is large enough for one read of any kind. */
    public static ByteBuffer buffer() {
        return ByteBuffer.allocate(BUFFER_BYTES);
    }
}
