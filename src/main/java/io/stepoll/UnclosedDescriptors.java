package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.AddressText;

/**
 * Descriptors that nobody can use any more and that were never closed: each is closed, on its loop's thread, and
 * reported once. A registration does not hold on to its {@link Descriptor}; a task that waits for it does, and so does
 * its handler.
 */
final class UnclosedDescriptors extends Unreachable.Watch<Descriptor> {
    private static final Unreachable TELLER = new Unreachable("stepoll-unclosed");

    private final Reactor reactor;
    private final Registration registration;
    private final OpenedHere opened;

    private UnclosedDescriptors(Descriptor descriptor, Reactor reactor) {
        super(descriptor, TELLER);
        this.reactor = reactor;
        registration = descriptor.registration();
        opened = reactor.traceDescriptors ? new OpenedHere(registration.fd()) : null;
    }

    /** Where a descriptor came to its loop; its stack trace is what is reported. */
    static final class OpenedHere extends Exception {
        private static final long serialVersionUID = 1;

        OpenedHere(int fd) {
            super("descriptor " + fd + " came to its loop here");
        }
    }

    /** Watches over a descriptor until it is taken from its loop. */
    static void watch(Descriptor descriptor, Reactor reactor) {
        descriptor.registration().watchedBy(new UnclosedDescriptors(descriptor, reactor));
    }

    @Override
    void unreachable() {
        if (registration.isOpen()) { // as seen from another thread; the loop looks again
            reactor.scheduler.submit(this::closeLeaked);
        }
    }

    private void closeLeaked() {
        if (registration.isOpen()) {
            String what = AddressText.of(registration.fd());
            reactor.close(registration);
            reactor.failures.leaked(what, opened);
        }
    }
}
