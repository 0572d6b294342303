package io.stepoll.net;

import io.stepoll.internal.net.TcpInfoStruct;

/**
 * What the kernel knows about a TCP connection at this moment; see {@link LinuxSocketOptions#TCP_INFO} and TCP_INFO in
 * tcp(7). A number that this kernel does not have is -1. On a listener most numbers mean nothing.
 *
 * @param state of the connection
 * @param retransmits how often in a row the retransmission timer has run out
 * @param retransmissionTimeoutMicros after how long the timer runs out next, once a packet is sent
 * @param sendSegmentBytes how large a sent segment is at most
 * @param receiveSegmentBytes how large a received segment is at most, as the kernel estimates
 * @param unackedSegments how many segments are sent and not acknowledged; on a listener, how many connections wait for
 *     accept
 * @param sackedSegments how many of the unacknowledged ones are acknowledged out of order; on a listener, its backlog
 * @param lostSegments how many of the unacknowledged ones count as lost
 * @param retransmittedSegments how many of the unacknowledged ones are sent again
 * @param lastDataSentMillis how long ago data was sent last
 * @param lastDataReceivedMillis how long ago data was received last
 * @param pathMtuBytes how large a packet on the path can be
 * @param rttMicros the round-trip time, smoothed
 * @param rttVarianceMicros the mean deviation of the round-trip time
 * @param minimumRttMicros the least round-trip time that was seen lately
 * @param slowStartThresholdSegments slow start ends when the congestion window is above this
 * @param congestionWindowSegments how many segments may be on their way
 * @param totalRetransmits how many segments were sent again since the connection began
 * @param unsentBytes how many bytes wait in the send buffer to be sent for the first time
 * @param deliveryBytesPerSecond the latest measured rate of delivery
 * @param sentBytes how many bytes were sent since the connection began, repetitions included
 * @param retransmittedBytes how many of the sent bytes were repetitions
 * @param ackedBytes how many bytes were acknowledged since the connection began
 * @param receivedBytes how many bytes were received since the connection began
 * @since 0.1.0
 */
public record TcpInfo(State state, int retransmits, long retransmissionTimeoutMicros, long sendSegmentBytes,
        long receiveSegmentBytes, long unackedSegments, long sackedSegments, long lostSegments,
        long retransmittedSegments, long lastDataSentMillis, long lastDataReceivedMillis, long pathMtuBytes,
        long rttMicros, long rttVarianceMicros, long minimumRttMicros, long slowStartThresholdSegments,
        long congestionWindowSegments, long totalRetransmits, long unsentBytes, long deliveryBytesPerSecond,
        long sentBytes, long retransmittedBytes, long ackedBytes, long receivedBytes) {

    /**
     * The states of a TCP connection in RFC 9293, in the kernel's order.
     *
     * @since 0.1.0
     */
    public enum State {
        /** A state that is not in this list. */
        UNKNOWN,
        /** Connected. */
        ESTABLISHED,
        /** Connecting. */
        SYN_SENT,
        /** Being connected to. */
        SYN_RECEIVED,
        /** Closed here; the peer has not acknowledged that. */
        FIN_WAIT_1,
        /** Closed here; the peer may still send. */
        FIN_WAIT_2,
        /** Closed on both sides; the kernel keeps the connection for a while. */
        TIME_WAIT,
        /** Not connected. */
        CLOSED,
        /** Closed by the peer; this side may still send. */
        CLOSE_WAIT,
        /** Closed by the peer and then here; the peer has not acknowledged that. */
        LAST_ACK,
        /** A listener. */
        LISTEN,
        /** Closed by both sides at the same time. */
        CLOSING,
        /** Being connected to; the kernel has a request, and no socket yet. */
        NEW_SYN_RECEIVED;

        private static final State[] ALL = values();

        static State of(long number) {
            return number > 0 && number < ALL.length ? ALL[(int) number] : UNKNOWN;
        }
    }

    /** Reads the kernel's struct. */
    static TcpInfo of(TcpInfoStruct struct) {
        return new TcpInfo(State.of(struct.state()),
                (int) struct.retransmits(),
                struct.retransmissionTimeout(),
                struct.sendSegment(),
                struct.receiveSegment(),
                struct.unacked(),
                struct.sacked(),
                struct.lost(),
                struct.retransmitted(),
                struct.lastDataSent(),
                struct.lastDataReceived(),
                struct.pathMtu(),
                struct.rtt(),
                struct.rttVariance(),
                struct.minimumRtt(),
                struct.slowStartThreshold(),
                struct.congestionWindow(),
                struct.totalRetransmits(),
                struct.unsentBytes(),
                struct.deliveryRate(),
                struct.sentBytes(),
                struct.retransmittedBytes(),
                struct.ackedBytes(),
                struct.receivedBytes());
    }
}
