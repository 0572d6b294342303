package io.stepoll.protocol;

import io.stepoll.Descriptor;
import io.stepoll.WouldBlockException;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.Libc;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Calls that never wait: on a loop, and those of peers that are on none. */
final class Calls {
    private static final int PIPE_BUF = 4096; // a pipe that is writable takes so many without waiting

    private Calls() {}

    /** Returns what the call has returned. */
    static int tryRead(World world, Handle handle, SplittableRandom random) throws IOException {
        ByteBuffer room = ByteOperations.room(random);
        int count = handle.descriptor.tryRead(room);
        if (count != Descriptor.WOULD_BLOCK) {
            ByteOperations.checkRead(world, handle, "tryRead of " + handle, count, room);
        } else if (room.position() != 0) {
            world.fail("tryRead of " + handle + " would block, and has moved its buffer");
        }
        world.note("tryRead of " + handle + ": " + count);
        return count;
    }

    static void tryWrite(World world, Handle handle, SplittableRandom random) throws IOException {
        ByteStream.Write write = ByteOperations.begin(handle, random);
        if (write == null) {
            return;
        }
        try {
            int count = handle.descriptor.tryWrite(write.buffer());
            if (write.gone() != Math.max(0, count)) {
                world.fail("tryWrite of " + handle + " has returned " + count + " and has written " + write.gone());
            }
            world.note("tryWrite of " + handle + ": " + count);
        } finally {
            write.ends();
        }
    }

    /** Returns whether there was a connection. */
    static boolean tryAccept(World world, Handle handle) throws IOException {
        LoopModel loop = handle.loop;
        Descriptor accepted = handle.descriptor.tryAccept();
        world.noticeStoppedListeners();
        if (accepted != null) {
            Connections.accepted(world, loop, handle.end, accepted);
        }
        return accepted != null;
    }

    /** Looks at what is there. It stays there. */
    static void peek(World world, Handle handle, SplittableRandom random) throws IOException {
        ByteBuffer room = ByteOperations.room(random);
        int unread = handle.end.in.unread();
        try {
            int count = handle.descriptor.recv(room, Descriptor.MSG_PEEK);
            if (count == -1 ? !handle.end.in.isAtEnd() : count < 1 || count > unread) {
                world.fail("a peek at " + handle + " says " + count + " of " + unread);
            }
        } catch (WouldBlockException e) {
            if (Libc.poll(handle.fd, Libc.POLLIN) != 0) {
                world.fail("a peek at " + handle + " says that nothing is there", e);
            }
        }
    }

    /** A peer that is on no loop reads. */
    static void rawRead(World world, Handle handle, SplittableRandom random) {
        if (Libc.poll(handle.fd, Libc.POLLIN) == 0) {
            return;
        }
        ByteBuffer room = ByteBuffer.allocateDirect(ByteOperations.room(random).capacity());
        long address = MemorySegment.ofBuffer(room).address();
        int count = handle.end.kind == End.Kind.PIPE ? Descriptors.read(handle.fd, address, room.capacity())
                : Sockets.recv(handle.fd, address, room.capacity(), Sockets.MSG_DONTWAIT);
        world.note("raw read of " + handle + ": " + count);
        if (count >= 0) {
            room.position(count);
            ByteOperations.checkRead(world, handle, "raw read of " + handle, count == 0 ? -1 : count, room);
        } else if (!handle.end.mayBeReset) {
            world.fail("raw read of " + handle + " has failed: " + count);
        }
    }

    /** A peer that is on no loop writes. */
    static void rawWrite(World world, Handle handle, SplittableRandom random) {
        if (Libc.poll(handle.fd, Libc.POLLOUT) != Libc.POLLOUT || handle.end.outputEnded) {
            return;
        }
        ByteStream.Write write = handle.end.out.begin(ByteOperations.size(random, PIPE_BUF), true);
        if (write == null) {
            return;
        }
        long address = MemorySegment.ofBuffer(write.buffer()).address();
        int size = write.buffer().remaining();
        int count = handle.end.kind == End.Kind.PIPE ? Descriptors.write(handle.fd, address, size)
                : Sockets.send(handle.fd, address, size, Sockets.MSG_DONTWAIT);
        world.note("raw write of " + handle + ": " + count);
        write.buffer().position(Math.max(0, count));
        write.ends();
    }
}
