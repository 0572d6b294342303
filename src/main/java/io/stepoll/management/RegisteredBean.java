package io.stepoll.management;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ObjectName;

/** A bean in the platform's MBean server. This class alone names those of JMX. */
final class RegisteredBean implements Management.Registration {
    private final ObjectName name;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RegisteredBean(ObjectName name) {
        this.name = name;
    }

    static RegisteredBean of(String type, String name, Object bean) {
        try {
            ObjectName quoted = new ObjectName("io.stepoll:type=" + type + ",name=" + ObjectName.quote(name));
            ManagementFactory.getPlatformMBeanServer().registerMBean(bean, quoted);
            return new RegisteredBean(quoted);
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalStateException("a bean of that name is registered already: " + type + " " + name, e);
        } catch (JMException e) {
            throw new IllegalStateException("registering " + type + " " + name, e);
        }
    }

    @Override
    public String name() {
        return name.toString();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
            } catch (InstanceNotFoundException gone) {
                // A JMX client has taken it out.
            } catch (JMException e) {
                throw new IllegalStateException("unregistering " + name, e);
            }
        }
    }

    @Override
    public String toString() {
        return "Registration[" + name + "]";
    }
}
