package io.stepoll.management;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.support.ChildJvm;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The beans, as a client of the platform's MBean server sees them. */
@Timeout(60)
class ManagementTest {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    @Test
    void aLoopIsABean() throws Exception {
        try (EventLoop loop = EventLoop.builder().name("a bean, \"quoted\"").open()) {
            loop.spawn("sleeps", () -> loop.sleep(Duration.ofHours(1)));
            loop.step(false);
            ObjectName name;
            try (Management.Registration registration = Management.register(loop)) {
                name = new ObjectName(registration.name());
                assertEquals("EventLoop", name.getKeyProperty("type"));
                assertEquals("a bean, \"quoted\"", ObjectName.unquote(name.getKeyProperty("name")));
                assertEquals(1L, SERVER.getAttribute(name, "TasksLive"));
                TabularData metrics = (TabularData) SERVER.getAttribute(name, "Metrics");
                assertEquals(Metric.values().length, metrics.size());
                assertEquals(1L, metrics.get(new Object[] {"TASKS_BEGUN"}).get("value"));
                TabularData timings = (TabularData) SERVER.getAttribute(name, "Timings");
                assertEquals(Timing.values().length, timings.size());
                CompositeData lag = (CompositeData) timings.get(new Object[] {"TIMER_LAG"}).get("value");
                assertEquals(0L, lag.get("count"));
                String dump = (String) SERVER.invoke(name, "dump", new Object[0], new String[0]);
                assertTrue(dump.contains("\"sleeps\""), dump);
                LoopMXBean proxy = JMX.newMXBeanProxy(SERVER, name, LoopMXBean.class);
                assertEquals("a bean, \"quoted\"", proxy.getName());
                assertEquals("a bean, \"quoted\"",
                        JsonParser.parseString(proxy.dumpAsJson()).getAsJsonObject().get("loop").getAsString());
                assertEquals(0.0, proxy.getUtilisation());
                assertThrows(IllegalStateException.class, () -> Management.register(loop));
            }
            assertFalse(SERVER.isRegistered(name));
        }
    }

    @Test
    void aGroupAndAServerAreBeans() throws Exception {
        try (LoopGroup group = LoopGroup.builder().name("managed").loops(2).open();
                Server server = Server.builder(group).serve(c -> {}).open(Addresses.parse("tcp:127.0.0.1:0"));
                Management.Registration ofGroup = Management.register(group);
                Management.Registration ofServer = Management.register(server)) {
            LoopMXBean loops = JMX.newMXBeanProxy(SERVER, new ObjectName(ofGroup.name()), LoopMXBean.class);
            assertEquals("managed", loops.getName());
            assertEquals(group.metrics().sum().get(Metric.DESCRIPTORS), loops.getDescriptors());
            assertTrue(loops.dump().contains("managed-0") && loops.dump().contains("managed-1"), loops::dump);
            assertEquals(2, JsonParser.parseString(loops.dumpAsJson()).getAsJsonArray().size());
            ServerMXBean bean = JMX.newMXBeanProxy(SERVER, new ObjectName(ofServer.name()), ServerMXBean.class);
            assertEquals(Addresses.format(server.localAddress()), bean.getAddress());
            assertEquals(0, bean.getAccepted());
            assertEquals(0, bean.getConnections());
        }
    }

    /** In a child without the module: the loop works, and a registration says what is missing. */
    @Test
    void withoutTheModuleARegistrationSaysSo() throws Exception {
        String output = ChildJvm.runWell(List.of("--limit-modules", "java.base,java.logging", "-da"),
                WithoutManagement.class);
        assertTrue(output.contains("UnsupportedOperationException: this JVM has no module java.management"), output);
    }
}
