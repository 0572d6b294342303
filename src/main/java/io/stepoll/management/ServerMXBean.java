package io.stepoll.management;

/**
 * A server as a JMX client sees it.
 *
 * @since 0.1.0
 */
public interface ServerMXBean {
    /** {@return the address of its listeners} */
    String getAddress();

    /** {@return the number of connections that its listeners have accepted} */
    long getAccepted();

    /** {@return the number of connections that were turned away} */
    long getRefused();

    /** {@return the number of connections that were served and have ended} */
    long getEnded();

    /** {@return the number of connections that are served now} */
    long getConnections();
}
