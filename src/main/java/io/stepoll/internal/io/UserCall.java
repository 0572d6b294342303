package io.stepoll.internal.io;

import io.stepoll.SystemCall;

/** A system call of somebody else's, made once with success. */
final class UserCall extends Operation<SystemCall> {
    static final UserCall CALL = new UserCall();

    private UserCall() {
        super(Flow.NONE);
    }

    @Override
    long attempt(OpenDescriptor descriptor, SystemCall call) {
        return call.call(descriptor.fd());
    }
}
