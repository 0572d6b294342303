package io.stepoll.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

@Name("io.stepoll.Connection")
@Label("Connection")
@Description("A connection of a server has ended. The duration is that of the connection.")
@Category({"stepoll", "Server"})
@Enabled(false)
@Threshold("0 ns")
@StackTrace(false)
final class ConnectionEvent extends Event implements ConnectionRecord {
    private static final ConnectionEvent ASKED = new ConnectionEvent();

    @Label("Event Loop")
    String loop;

    @Label("Peer")
    @Description("The address of the client")
    String peer;

    @Label("Bytes Read")
    @DataAmount(DataAmount.BYTES)
    long bytesRead;

    @Label("Bytes Written")
    @DataAmount(DataAmount.BYTES)
    long bytesWritten;

    static ConnectionRecord begins() {
        if (!ASKED.isEnabled()) {
            return null;
        }
        ConnectionEvent event = new ConnectionEvent();
        event.begin();
        return event;
    }

    @Override
    public boolean isWanted() {
        try {
            end();
            return shouldCommit();
        } catch (Throwable noRecord) {
            return false;
        }
    }

    @Override
    public void ends(String loopName, String peerText, long in, long out) {
        loop = loopName;
        peer = peerText;
        bytesRead = in;
        bytesWritten = out;
        try {
            commit();
        } catch (Throwable noRecord) {
            // The connection ends all the same.
        }
    }
}
