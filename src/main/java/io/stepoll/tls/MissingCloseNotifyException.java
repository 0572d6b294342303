package io.stepoll.tls;

import javax.net.ssl.SSLException;

/**
 * The peer has ended the connection without a close_notify: what came before may be all, or somebody may have cut it
 * off. {@link TlsBuilder#allowTruncation} makes such an end an ordinary one.
 *
 * @since 0.1.0
 */
public final class MissingCloseNotifyException extends SSLException {
    private static final long serialVersionUID = 1;

    /**
     * Makes the exception.
     *
     * @param message says which connection
     */
    public MissingCloseNotifyException(String message) {
        super(message);
    }
}
