package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.threads.PhantomWatcher;

/**
 * Finds descriptors that nobody can reach any more and nobody has closed. Each is closed, on its loop's thread, and
 * reported once. A registration keeps no reference to its descriptor; a task that waits for it does, and so does its
 * handler.
 */
final class UnclosedDescriptors extends PhantomWatcher.Watch<OpenDescriptor> {
    private static final PhantomWatcher WATCHER = new PhantomWatcher("stepoll-unclosed");

    private final LoopDescriptors descriptors;
    private final Registration registration;
    private final OpenedHere opened;

    private UnclosedDescriptors(OpenDescriptor descriptor, LoopDescriptors descriptors, boolean trace) {
        super(descriptor, WATCHER);
        this.descriptors = descriptors;
        registration = descriptor.registration();
        opened = trace ? new OpenedHere(registration.fd()) : null;
    }

    /** Where a descriptor came to its loop; the report shows its stack trace. */
    static final class OpenedHere extends Exception {
        private static final long serialVersionUID = 1;

        OpenedHere(int fd) {
            super("descriptor " + fd + " came to its loop here");
        }
    }

    /** Watches a descriptor until it is taken off its loop. */
    static void watch(OpenDescriptor descriptor, LoopDescriptors descriptors, boolean trace) {
        descriptor.registration().watchedBy(new UnclosedDescriptors(descriptor, descriptors, trace));
    }

    @Override
    protected void unreachable() {
        if (registration.isOpen()) { // as this thread sees it; the loop looks again
            descriptors.submit(this::closeLeaked);
        }
    }

    private void closeLeaked() {
        if (registration.isOpen()) {
            String what = AddressText.of(registration.fd());
            descriptors.closeLeaked(registration, what, opened);
        }
    }
}
