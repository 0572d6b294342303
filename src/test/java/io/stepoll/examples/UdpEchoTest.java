package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.stepoll.support.FreePorts;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the datagram echo as a user does, with a socket of the JDK as the client. */
@Timeout(120)
class UdpEchoTest {
    @Test
    void echoes() throws Exception {
        int port = FreePorts.next();
        try (ExampleProcess server = ExampleProcess.serve("UdpEcho", "udp:127.0.0.1:" + port);
                DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            for (int size : new int[] {1, 2000, 7}) { // the JDK's connected socket does not send an empty datagram
                byte[] sent = new byte[size];
                Arrays.fill(sent, (byte) size);
                client.send(new DatagramPacket(sent, size));
                DatagramPacket received = new DatagramPacket(new byte[3000], 3000);
                client.receive(received);
                assertArrayEquals(sent, Arrays.copyOf(received.getData(), received.getLength()));
            }
            server.terminate();
        }
    }
}
