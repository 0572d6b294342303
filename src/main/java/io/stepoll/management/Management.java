package io.stepoll.management;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.net.Server;
import java.util.List;

/**
 * Registers MXBeans with the platform's MBean server, one for each loop, group or server that a program asks for. A
 * bean stays until its registration is closed, also when its loop is closed before: it keeps the last numbers.
 *
 * <p>The names are {@code io.stepoll:type=EventLoop,name="…"}, {@code type=LoopGroup} and {@code type=Server}, with the
 * name of the loop or group, or the address of the server.
 *
 * <p>All methods may be called from any thread. They need the module java.management.
 *
 * @since 0.1.0
 */
public final class Management {
    private Management() {}

    /**
     * A bean that is registered.
     *
     * @since 0.1.0
     */
    public interface Registration extends AutoCloseable {
        /** {@return the name of the bean, as {@code javax.management.ObjectName} writes it} */
        String name();

        /** Takes the bean out of the MBean server. A second call does nothing. */
        @Override
        void close();
    }

    /**
     * Registers a loop as a {@link LoopMXBean}.
     *
     * @param loop the loop
     * @return what takes it back
     * @throws IllegalStateException if a bean of that name is registered, of another loop with the same name perhaps
     * @throws UnsupportedOperationException if this JVM has no module java.management
     */
    public static Registration register(EventLoop loop) {
        return register("EventLoop", loop.metrics().name(),
                new LoopBean(loop::metrics, () -> List.of(loop.dump()), false));
    }

    /**
     * Registers a group as a {@link LoopMXBean}: the sum over its loops. Its loops are not registered with it.
     *
     * @param group the group
     * @return what takes it back
     * @throws IllegalStateException as for {@link #register(EventLoop)}
     * @throws UnsupportedOperationException as there
     */
    public static Registration register(LoopGroup group) {
        return register("LoopGroup", group.metrics().sum().name(), new LoopBean(() -> group.metrics().sum(),
                () -> group.loops().stream().map(EventLoop::dump).toList(), true));
    }

    /**
     * Registers a server as a {@link ServerMXBean}.
     *
     * @param server the server
     * @return what takes it back
     * @throws IllegalStateException as for {@link #register(EventLoop)}
     * @throws UnsupportedOperationException as there
     */
    public static Registration register(Server server) {
        return register("Server", server.metrics().address(), new ServerBean(server));
    }

    private static Registration register(String type, String name, Object bean) {
        if (ModuleLayer.boot().findModule("java.management").isEmpty()) {
            throw new UnsupportedOperationException("this JVM has no module java.management");
        }
        return RegisteredBean.of(type, name, bean);
    }
}
