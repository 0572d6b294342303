package io.stepoll;

import io.stepoll.internal.sys.Errno;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;

/** The JDK's exceptions that also say which call failed. */
final class SystemCallExceptions {
    private SystemCallExceptions() {}

    /** In a class that nobody loads before something has failed: the start of a program is to be short. */
    static SocketException of(SystemCallFailure.FailedCall failed) {
        String call = failed.call();
        int errno = failed.errno();
        return switch (errno) {
            case Errno.EPIPE -> new BrokenPipeException(failed);
            case Errno.ECONNRESET -> new ConnectionResetException(failed);
            case Errno.ECONNREFUSED, Errno.ETIMEDOUT, Errno.ENOENT -> errno == Errno.ECONNREFUSED && isOfDatagrams(call)
                    ? new PortUnreachable(failed) : call.equals("connect")
                    ? new Connect(failed) : new SystemCallException(failed);
            case Errno.EADDRINUSE, Errno.EADDRNOTAVAIL -> call.equals("bind")
                    ? new Bind(failed) : new SystemCallException(failed);
            case Errno.EHOSTUNREACH, Errno.ENETUNREACH -> new NoRoute(failed);
            default -> new SystemCallException(failed);
        };
    }

    private static boolean isOfDatagrams(String call) {
        return switch (call) {
            case "recvfrom", "recvmmsg", "sendto", "sendmmsg" -> true;
            default -> false;
        };
    }

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
