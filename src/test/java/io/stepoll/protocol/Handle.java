package io.stepoll.protocol;

import io.stepoll.Descriptor;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.support.RawSockets;

/** A number that leads to an {@link End}: on a loop as a descriptor, or on none. */
final class Handle {
    final End end;
    final String name;
    final int fd;

    /** On its loop; null on none. */
    Descriptor descriptor;

    LoopModel loop;

    /** Whether its loop treats it as shared with others. */
    boolean shared;

    HandlerModel handler;

    /** Whether a call of a handler of it waits for something. */
    boolean handling;

    boolean open = true;

    Handle(World world, End end, int fd) {
        this.end = end;
        this.fd = fd;
        name = end.name + world.nextNumber();
        end.handles.add(this);
        world.handles.add(this);
    }

    boolean isOnLoop() {
        return descriptor != null;
    }

    boolean canRead() {
        return end.in != null;
    }

    boolean canWrite() {
        return end.out != null;
    }

    /** It came to a loop. */
    void came(LoopModel newLoop, Descriptor newDescriptor, boolean isShared) {
        loop = newLoop;
        descriptor = newDescriptor;
        shared = isShared;
    }

    /** It left its loop. */
    void left() {
        descriptor = null;
        loop = null;
        handler = null;
    }

    /** It was closed. */
    void closed() {
        left();
        open = false;
        end.handles.remove(this);
        end.released();
    }

    /** Closes it while it is on no loop. */
    void closeRaw() {
        RawSockets.check(Descriptors.close(fd));
        closed();
    }

    @Override
    public String toString() {
        return name + (loop == null ? "" : "@" + loop.name);
    }
}
