package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.SocketFile;
import java.io.IOException;

/**
 * A listener that another process is about to have, too. While it is not decided which of the two goes on, the file of
 * the listener's path belongs to neither: if this process ends meanwhile, the other one must still be found there.
 *
 * @param descriptor the listener
 * @param file the file that this process would remove with the listener; null for none
 */
public record SharedListener(Descriptor descriptor, SocketFile file) {
    /** Shares a listener. In a task of its loop. */
    public static SharedListener of(Descriptor listener) throws IOException {
        SocketFile file = LoopDescriptor.of(listener).releaseFile();
        try {
            listener.share();
        } catch (IOException | RuntimeException | Error e) {
            LoopDescriptor.of(listener).boundTo(file);
            throw e;
        }
        SocketFile there = SocketFiles.of(listener.fd());
        boolean isOwn = file != null && there != null && there.isSameAs(file); // another program may have replaced it
        return new SharedListener(listener, isOwn ? file : null);
    }

    /** The number of the listener, which is void once the listener is closed. */
    int number() {
        return descriptor.fd();
    }

    /** This process goes on, so the file is its own again. From any loop. */
    public void keptHere() {
        if (file != null) {
            onItsLoop(descriptor, () -> LoopDescriptor.of(descriptor).boundTo(file));
        }
    }

    /** The former process has stopped, so the file of this listener belongs here. From any loop. */
    public static void takeFile(Descriptor listener) {
        onItsLoop(listener, () -> LoopDescriptor.of(listener).boundTo(SocketFiles.of(listener.fd())));
    }

    private interface Change {
        void make() throws IOException;
    }

    private static void onItsLoop(Descriptor listener, Change change) {
        Runnable callback = () -> {
            try {
                change.make();
            } catch (IOException closedMeanwhile) {
                // The listener is closed, and its file stays. The next bind replaces the file.
            }
        };
        if (EventLoop.current() == listener.loop()) {
            callback.run();
            return;
        }
        LoopDescriptors.of(listener.loop()).submit(callback); // if the loop is closed, so is the listener
    }
}
