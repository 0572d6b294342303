package io.stepoll.protocol;

import io.stepoll.Interest;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.Libc;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;

/** Reads and writes that may wait, in all their forms. */
final class ByteOperations {
    private static final int LARGEST_READ = 6000;
    private static final int LARGEST_WRITE = 20_000;

    private ByteOperations() {}

    /** Mostly small, now and then large. */
    static int size(SplittableRandom random, int largest) {
        return 1 + random.nextInt(1 + random.nextInt(largest));
    }

    static ByteBuffer room(SplittableRandom random) {
        int size = size(random, LARGEST_READ);
        return random.nextBoolean() ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    }

    static ByteStream.Write begin(Handle handle, SplittableRandom random) {
        return handle.end.out.begin(size(random, LARGEST_WRITE), random.nextBoolean());
    }

    /** A read has returned: compares that, and what came, with what was written. */
    static void checkRead(World world, Handle handle, String call, long count, ByteBuffer... targets) {
        long room = 0;
        for (ByteBuffer target : targets) {
            room += target.capacity();
        }
        world.noticeStoppedListeners();
        ByteStream stream = handle.end.in;
        if (count == -1) {
            if (!stream.isAtEnd()) {
                world.fail(call + " says that the stream is at its end; unread are " + stream.unread() + " bytes");
            }
            return;
        }
        if (count < 1 || count > room) {
            world.fail(call + " has returned " + count + " with room for " + room);
        }
        long came = 0;
        for (ByteBuffer target : targets) {
            came += target.position();
            String wrong = stream.received(target.flip());
            if (wrong != null) {
                world.fail(call + ": " + wrong);
            }
        }
        if (came != count) {
            world.fail(call + " has returned " + count + " and has got " + came);
        }
    }

    /** A read. */
    static final class Read extends TaskOperation {
        private enum Form {
            PLAIN, VECTOR, PERFORM
        }

        private final Form form;
        private final ByteBuffer[] targets;

        Read(Handle handle, Duration timeout, boolean throwsOn, SplittableRandom random) {
            this(handle, timeout, throwsOn, random, form(handle, random));
        }

        private Read(Handle handle, Duration timeout, boolean throwsOn, SplittableRandom random, Form form) {
            super("read " + form, handle, timeout, throwsOn);
            this.form = form;
            targets = new ByteBuffer[form == Form.VECTOR ? 3 : 1];
            for (int i = 0; i < targets.length; i++) {
                targets[i] = form == Form.PERFORM ? ByteBuffer.allocateDirect(size(random, LARGEST_READ))
                        : room(random);
            }
        }

        private static Form form(Handle handle, SplittableRandom random) {
            if (handle.end.kind == End.Kind.PIPE) {
                return Form.PLAIN;
            }
            return switch (random.nextInt(6)) {
                case 0 -> Form.VECTOR;
                case 1 -> Form.PERFORM;
                default -> Form.PLAIN;
            };
        }

        @Override
        void call(Worker worker) throws Exception {
            long count = switch (form) {
                case PLAIN -> timeout == null ? descriptor.read(targets[0]) : descriptor.read(targets[0], timeout);
                case VECTOR -> timeout == null ? descriptor.read(targets, 0, targets.length)
                        : descriptor.read(targets, 0, targets.length, timeout);
                case PERFORM -> performed(timeout == null ? descriptor.perform(Interest.READ, "recv", this::receive)
                        : descriptor.perform(Interest.READ, "recv", this::receive, timeout));
            };
            checkRead(worker.world, handle, toString(), count, targets);
        }

        private long receive(int fd) {
            return Sockets.recv(fd, MemorySegment.ofBuffer(targets[0]).address(), targets[0].capacity(),
                    Sockets.MSG_DONTWAIT);
        }

        private long performed(long count) {
            targets[0].position((int) count);
            return count == 0 ? -1 : count;
        }

        @Override
        boolean hasCome() {
            return isReady(Libc.POLLIN);
        }
    }

    /** A write. */
    static final class Write extends TaskOperation {
        private final SplittableRandom random;
        private final boolean vector;

        Write(Handle handle, Duration timeout, boolean throwsOn, SplittableRandom random) {
            this(handle, timeout, throwsOn, random, handle.end.kind != End.Kind.PIPE && random.nextInt(5) == 0);
        }

        private Write(Handle handle, Duration timeout, boolean throwsOn, SplittableRandom random, boolean vector) {
            super(vector ? "write VECTOR" : "write", handle, timeout, throwsOn);
            this.random = random;
            this.vector = vector;
        }

        @Override
        void call(Worker worker) throws Exception {
            ByteStream.Write write = begin(handle, random);
            if (write == null) {
                return; // so many writes wait to be read that they could not be told apart
            }
            int size = write.buffer().remaining();
            try {
                long count = write(write.buffer());
                if (count != size || write.gone() != size) {
                    worker.world.fail(this + " has returned " + count + " and has written " + write.gone() + " of "
                            + size);
                }
            } catch (IOException e) {
                long reported = switch (e) {
                    case InterruptedIOException i -> i.bytesTransferred;
                    case SystemCallFailure f -> f.bytesTransferred();
                    default -> write.gone();
                };
                if (reported != write.gone()) {
                    worker.world.fail(this + " has written " + write.gone() + " and reports " + reported, e);
                }
                throw e;
            } finally {
                write.ends();
            }
        }

        private long write(ByteBuffer source) throws IOException {
            if (vector) {
                ByteBuffer[] one = {ByteBuffer.allocate(0), source};
                return timeout == null ? descriptor.write(one, 0, 2) : descriptor.write(one, 0, 2, timeout);
            }
            return timeout == null ? descriptor.write(source) : descriptor.write(source, timeout);
        }

        @Override
        boolean hasCome() {
            return isReady(Libc.POLLOUT);
        }
    }

    /** A wait for readiness, with no call to follow. */
    static final class AwaitReadiness extends TaskOperation {
        /** What is waited for. */
        enum Form {
            READABLE, WRITABLE, REQUEST
        }

        private final Form form;

        AwaitReadiness(Form form, Handle handle, Duration timeout, boolean throwsOn) {
            super("await " + form, handle, timeout, throwsOn);
            this.form = form;
        }

        @Override
        void call(Worker worker) throws Exception {
            long before = handle.canRead() ? handle.end.in.read : 0;
            switch (form) {
                case READABLE -> awaitReadable();
                case WRITABLE -> awaitWritable();
                case REQUEST -> {
                    boolean came = timeout == null ? descriptor.awaitRequest() : descriptor.awaitRequest(timeout);
                    checkRequest(worker, came, before);
                }
            }
        }

        private void awaitReadable() throws IOException {
            if (timeout == null) {
                descriptor.awaitReadable();
            } else {
                descriptor.awaitReadable(timeout);
            }
        }

        private void awaitWritable() throws IOException {
            if (timeout == null) {
                descriptor.awaitWritable();
            } else {
                descriptor.awaitWritable(timeout);
            }
        }

        /** What has come already is said without a wait, whoever else may wait. */
        @Override
        boolean needsNoHandler() {
            return form != Form.REQUEST;
        }

        /** Only another reader may have taken what this wait has found, and only a drain ends it without anything. */
        private void checkRequest(Worker worker, boolean came, long before) {
            if (came && !isReady(Libc.POLLIN) && handle.end.in.read == before && !handle.end.mayBeReset) {
                worker.world.fail(this + " says that there is something, and there is nothing");
            }
            if (!came && !worker.loop.loop.isDraining()) {
                worker.world.fail(this + " says that the loop drains");
            }
        }

        @Override
        boolean hasCome() {
            return isReady(form == Form.WRITABLE ? Libc.POLLOUT : Libc.POLLIN)
                    || form == Form.REQUEST && handle.loop.loop.isDraining();
        }
    }

    /** An accept. */
    static final class Accept extends TaskOperation {
        Accept(Handle handle, Duration timeout, boolean throwsOn) {
            super("accept", handle, timeout, throwsOn);
        }

        @Override
        void call(Worker worker) throws Exception {
            Connections.accepted(worker.world, worker.loop, handle.end,
                    timeout == null ? descriptor.accept() : descriptor.accept(timeout));
        }

        /** A stopped listener gives what it has without a wait, whoever else accepts there. */
        @Override
        boolean needsNoHandler() {
            return handle.loop != null && handle.loop.shutdown == null;
        }

        @Override
        boolean hasCome() {
            return isReady(Libc.POLLIN);
        }
    }

    /** A descriptor that another loop passes. */
    static final class ReadPassed extends TaskOperation {
        private final Carrier carrier;

        ReadPassed(Carrier carrier, Duration timeout, boolean throwsOn) {
            super("readPassed", null, timeout, throwsOn);
            this.carrier = carrier;
        }

        @Override
        void call(Worker worker) throws Exception {
            ByteBuffer room = ByteBuffer.allocate(1);
            int count = timeout == null
                    ? carrier.receiver.readPassed(room, passed -> Connections.passed(carrier, passed))
                    : carrier.receiver.readPassed(room, passed -> Connections.passed(carrier, passed), timeout);
            if (count != 1 && !(count == -1 && carrier.from.closing)) {
                worker.world.fail(this + " has returned " + count);
            }
        }

        @Override
        boolean hasCome() {
            return !carrier.onTheirWay.isEmpty() || carrier.from.closing;
        }
    }
}
