package io.stepoll.protocol;

import io.stepoll.internal.sys.RawAddress;
import java.util.ArrayList;
import java.util.List;

/** One end of a connection, as the kernel has it: an open file. Any number of handles lead to it. */
final class End {
    /** What an end is. */
    enum Kind {
        UNIX, PIPE, LISTENER
    }

    final Kind kind;
    final String name;
    final List<Handle> handles = new ArrayList<>();

    End peer;
    ByteStream in; // null at the end of a pipe that writes
    ByteStream out; // null at the end of a pipe that reads

    /** How many references are on their way, in messages or in the queue of a listener. */
    int inFlight;

    /** Whether this end has ended its output. */
    boolean outputEnded;

    /** Whether nobody has it any more. */
    boolean gone;

    /** Whether the other end has gone and has left bytes unread: one call is told of a reset, instead of the end. */
    boolean mayBeReset;

    /** Of a listener. */
    RawAddress address;

    /** Of a listener: the ends that nobody has accepted yet, in their order. */
    final List<End> backlog = new ArrayList<>();

    End(Kind kind, String name) {
        this.kind = kind;
        this.name = name;
    }

    /** Two ends of a connection; of a pipe first the one that reads. */
    static End[] connection(Kind kind, String name) {
        End[] ends = {new End(kind, name + "a"), new End(kind, name + "b")};
        ends[0].peer = ends[1];
        ends[1].peer = ends[0];
        ends[0].in = new ByteStream(name + "b>a");
        ends[1].out = ends[0].in;
        if (kind == Kind.UNIX) {
            ends[0].out = new ByteStream(name + "a>b");
            ends[1].in = ends[0].out;
        }
        return ends;
    }

    void outputEnds() {
        outputEnded = true;
        out.ended = true;
    }

    /** A handle was closed, or a message dropped: the end is gone with the last of them. */
    void released() {
        if (gone || !handles.isEmpty() || inFlight > 0) {
            return;
        }
        gone = true;
        if (kind == Kind.LISTENER) {
            for (End waiting : backlog) {
                waiting.inFlight--;
                waiting.released();
                waiting.peer.mayBeReset = true;
            }
            backlog.clear();
            return;
        }
        if (kind == Kind.UNIX && in.unread() > 0) {
            peer.mayBeReset = true;
        }
        if (in != null) {
            in.abandoned = true;
        }
        if (out != null) {
            out.ended = true;
        }
    }
}
