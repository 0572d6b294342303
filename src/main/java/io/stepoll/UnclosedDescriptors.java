package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.AddressText;
import java.lang.ref.Cleaner;

/**
 * Descriptors that nobody can use any more and that were never closed: each is closed, on its loop's thread, and
 * reported once. A registration does not hold on to its {@link Descriptor}; a task that waits for it does, and so does
 * its handler.
 */
final class UnclosedDescriptors {
    private static final Cleaner CLEANER = Cleaner.create();

    private UnclosedDescriptors() {}

    /** Where a descriptor came to its loop; its stack trace is what is reported. */
    static final class OpenedHere extends Exception {
        private static final long serialVersionUID = 1;

        OpenedHere(int fd) {
            super("descriptor " + fd + " came to its loop here");
        }
    }

    /** Watches over a descriptor until it is closed: then what is returned is to be cleaned. */
    static Cleaner.Cleanable watch(Descriptor descriptor, Reactor reactor) {
        Registration registration = descriptor.registration();
        OpenedHere opened = reactor.traceDescriptors ? new OpenedHere(registration.fd()) : null;
        return CLEANER.register(descriptor, new Unclosed(reactor, registration, opened));
    }

    /** Called when nobody has the descriptor any more, or it was closed. */
    private record Unclosed(Reactor reactor, Registration registration, OpenedHere opened) implements Runnable {
        @Override
        public void run() {
            if (registration.isOpen()) { // as seen from another thread; the loop looks again
                reactor.scheduler.submit(() -> closeLeaked(reactor, registration, opened));
            }
        }
    }

    private static void closeLeaked(Reactor reactor, Registration registration, OpenedHere opened) {
        if (registration.isOpen()) {
            String what = AddressText.of(registration.fd());
            reactor.close(registration);
            reactor.failures.leaked(what, opened);
        }
    }
}
