package io.stepoll;

import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;

/** The JDK's exceptions that also say which call failed. */
final class SystemCallExceptions {
    private SystemCallExceptions() {}

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
