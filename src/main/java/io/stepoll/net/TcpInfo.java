package io.stepoll.net;

import io.stepoll.internal.sys.Options.TcpInfoField;
import java.nio.ByteBuffer;

/**
 * What the kernel knows about a TCP connection at this moment; see {@link LinuxSocketOptions#TCP_INFO} and TCP_INFO in
 * tcp(7). A number that this kernel does not tell is -1. On a listener most of it means nothing.
 *
 * @param state where the connection is
 * @param retransmits how often in a row the retransmission timer has run out
 * @param retransmissionTimeoutMicros when it runs out next, after a packet is sent
 * @param sendSegmentBytes how large a segment is that is sent, at the most
 * @param receiveSegmentBytes how large one is that is received, by the kernel's estimate
 * @param unackedSegments how many are sent and not acknowledged; on a listener, how many connections wait for accept
 * @param sackedSegments how many of them are acknowledged out of order; on a listener, its backlog
 * @param lostSegments how many of them count as lost
 * @param retransmittedSegments how many of them are sent again
 * @param lastDataSentMillis how long ago data was sent last
 * @param lastDataReceivedMillis how long ago data was received last
 * @param pathMtuBytes how large a packet on the path can be
 * @param rttMicros the round-trip time, smoothed
 * @param rttVarianceMicros its mean deviation
 * @param minimumRttMicros the least that was seen lately
 * @param slowStartThresholdSegments above which congestion window slow start ends
 * @param congestionWindowSegments how many segments may be on their way
 * @param totalRetransmits how many segments were sent again since the connection began
 * @param unsentBytes how much waits in the send buffer to be sent for the first time
 * @param deliveryBytesPerSecond the latest measured rate of delivery
 * @param sentBytes how much was sent since the connection began, what was sent again included
 * @param retransmittedBytes how much of that was sent again
 * @param ackedBytes how much was acknowledged since the connection began
 * @param receivedBytes how much was received since the connection began
 */
public record TcpInfo(State state, int retransmits, long retransmissionTimeoutMicros, long sendSegmentBytes,
        long receiveSegmentBytes, long unackedSegments, long sackedSegments, long lostSegments,
        long retransmittedSegments, long lastDataSentMillis, long lastDataReceivedMillis, long pathMtuBytes,
        long rttMicros, long rttVarianceMicros, long minimumRttMicros, long slowStartThresholdSegments,
        long congestionWindowSegments, long totalRetransmits, long unsentBytes, long deliveryBytesPerSecond,
        long sentBytes, long retransmittedBytes, long ackedBytes, long receivedBytes) {

    /** The states of a TCP connection, as RFC 9293 has them, in the kernel's order. */
    public enum State {
        /** One that is not in this list. */
        UNKNOWN,
        /** Connected. */
        ESTABLISHED,
        /** Connecting. */
        SYN_SENT,
        /** Being connected to. */
        SYN_RECEIVED,
        /** Closed here, which the peer has not acknowledged. */
        FIN_WAIT_1,
        /** Closed here, and the peer may still send. */
        FIN_WAIT_2,
        /** Closed on both sides, and kept for a while. */
        TIME_WAIT,
        /** Not connected. */
        CLOSED,
        /** Closed by the peer, and this side may still send. */
        CLOSE_WAIT,
        /** Closed by the peer and then here, which the peer has not acknowledged. */
        LAST_ACK,
        /** A listener. */
        LISTEN,
        /** Closed by both sides at once. */
        CLOSING,
        /** Being connected to, the kernel's own: a request without a socket. */
        NEW_SYN_RECEIVED;

        private static final State[] ALL = values();

        static State of(long number) {
            return number > 0 && number < ALL.length ? ALL[(int) number] : UNKNOWN;
        }
    }

    /** Reads the struct, of which the kernel has written so much. */
    static TcpInfo of(ByteBuffer struct, int length) {
        return new TcpInfo(State.of(TcpInfoField.STATE.read(struct, length)),
                (int) TcpInfoField.RETRANSMITS.read(struct, length),
                TcpInfoField.RTO.read(struct, length),
                TcpInfoField.SND_MSS.read(struct, length),
                TcpInfoField.RCV_MSS.read(struct, length),
                TcpInfoField.UNACKED.read(struct, length),
                TcpInfoField.SACKED.read(struct, length),
                TcpInfoField.LOST.read(struct, length),
                TcpInfoField.RETRANS.read(struct, length),
                TcpInfoField.LAST_DATA_SENT.read(struct, length),
                TcpInfoField.LAST_DATA_RECV.read(struct, length),
                TcpInfoField.PMTU.read(struct, length),
                TcpInfoField.RTT.read(struct, length),
                TcpInfoField.RTTVAR.read(struct, length),
                TcpInfoField.MIN_RTT.read(struct, length),
                TcpInfoField.SND_SSTHRESH.read(struct, length),
                TcpInfoField.SND_CWND.read(struct, length),
                TcpInfoField.TOTAL_RETRANS.read(struct, length),
                TcpInfoField.NOTSENT_BYTES.read(struct, length),
                TcpInfoField.DELIVERY_RATE.read(struct, length),
                TcpInfoField.BYTES_SENT.read(struct, length),
                TcpInfoField.BYTES_RETRANS.read(struct, length),
                TcpInfoField.BYTES_ACKED.read(struct, length),
                TcpInfoField.BYTES_RECEIVED.read(struct, length));
    }
}
