package io.stepoll;

import io.stepoll.internal.sys.Errno;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;

/** The JDK's exceptions that also say which call failed. */
final class SystemCallExceptions {
    private SystemCallExceptions() {}

    static PortUnreachableException portUnreachable(String call, String address) {
        return new PortUnreachable(new SystemCallFailure.FailedCall(call, Errno.ECONNREFUSED, address));
    }

    static final class PortUnreachable extends PortUnreachableException implements SystemCallFailure {
        private static final long serialVersionUID = 1;
        private final FailedCall failedCall;

        PortUnreachable(FailedCall failedCall) {
            super(failedCall.message());
            this.failedCall = failedCall;
        }

        @Override
        public FailedCall failedCall() {
            return failedCall;
        }
    }

    static final class Connect extends ConnectException implements SystemCallFailure {
        private static final long serialVersionUID = 1;
        private final FailedCall failedCall;

        Connect(FailedCall failedCall) {
            super(failedCall.message());
            this.failedCall = failedCall;
        }

        @Override
        public FailedCall failedCall() {
            return failedCall;
        }
    }

    static final class Bind extends BindException implements SystemCallFailure {
        private static final long serialVersionUID = 1;
        private final FailedCall failedCall;

        Bind(FailedCall failedCall) {
            super(failedCall.message());
            this.failedCall = failedCall;
        }

        @Override
        public FailedCall failedCall() {
            return failedCall;
        }
    }

    static final class NoRoute extends NoRouteToHostException implements SystemCallFailure {
        private static final long serialVersionUID = 1;
        private final FailedCall failedCall;

        NoRoute(FailedCall failedCall) {
            super(failedCall.message());
            this.failedCall = failedCall;
        }

        @Override
        public FailedCall failedCall() {
            return failedCall;
        }
    }
}
