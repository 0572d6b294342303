package io.stepoll.tls;

import java.security.Provider;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** Where the engine of a connection comes from. */
interface EngineSource {
    /** Whether this end speaks first. */
    boolean isClient();

    /** Whether the engine depends on the name that the client asks for. */
    boolean dependsOnServerName();

    /** Whose context it will be, as far as that is known before; else null. */
    @Nullable Provider provider();

    /**
     * Makes the engine, on a thread that may compute and wait.
     *
     * @param serverName the name that the client asks for; null if it names none, or the engine does not depend on it
     * @return null if nobody here has that name
     */
    @Nullable SSLEngine engine(@Nullable String serverName) throws Exception;
}
