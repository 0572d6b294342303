package io.stepoll.internal.net;

import io.stepoll.internal.sys.Options.TcpInfoField;
import java.nio.ByteBuffer;

/**
 * A struct tcp_info that the kernel has filled; see tcp(7). Each field is unsigned; -1 if the kernel did not store it.
 */
public final class TcpInfoStruct {
    private final ByteBuffer struct;
    private final int length;

    /** Over memory of which the kernel has stored the first bytes, so many as the length says. */
    public TcpInfoStruct(ByteBuffer struct, int length) {
        this.struct = struct;
        this.length = length;
    }

    /** How many bytes the struct takes. */
    static int size() {
        return TcpInfoField.size();
    }

    private long read(TcpInfoField field) {
        return field.read(struct, length);
    }

    public long state() {
        return read(TcpInfoField.STATE);
    }

    public long retransmits() {
        return read(TcpInfoField.RETRANSMITS);
    }

    public long retransmissionTimeout() {
        return read(TcpInfoField.RTO);
    }

    public long sendSegment() {
        return read(TcpInfoField.SND_MSS);
    }

    public long receiveSegment() {
        return read(TcpInfoField.RCV_MSS);
    }

    public long unacked() {
        return read(TcpInfoField.UNACKED);
    }

    public long sacked() {
        return read(TcpInfoField.SACKED);
    }

    public long lost() {
        return read(TcpInfoField.LOST);
    }

    public long retransmitted() {
        return read(TcpInfoField.RETRANS);
    }

    public long lastDataSent() {
        return read(TcpInfoField.LAST_DATA_SENT);
    }

    public long lastDataReceived() {
        return read(TcpInfoField.LAST_DATA_RECV);
    }

    public long pathMtu() {
        return read(TcpInfoField.PMTU);
    }

    public long rtt() {
        return read(TcpInfoField.RTT);
    }

    public long rttVariance() {
        return read(TcpInfoField.RTTVAR);
    }

    public long minimumRtt() {
        return read(TcpInfoField.MIN_RTT);
    }

    public long slowStartThreshold() {
        return read(TcpInfoField.SND_SSTHRESH);
    }

    public long congestionWindow() {
        return read(TcpInfoField.SND_CWND);
    }

    public long totalRetransmits() {
        return read(TcpInfoField.TOTAL_RETRANS);
    }

    public long unsentBytes() {
        return read(TcpInfoField.NOTSENT_BYTES);
    }

    public long deliveryRate() {
        return read(TcpInfoField.DELIVERY_RATE);
    }

    public long sentBytes() {
        return read(TcpInfoField.BYTES_SENT);
    }

    public long retransmittedBytes() {
        return read(TcpInfoField.BYTES_RETRANS);
    }

    public long ackedBytes() {
        return read(TcpInfoField.BYTES_ACKED);
    }

    public long receivedBytes() {
        return read(TcpInfoField.BYTES_RECEIVED);
    }
}
