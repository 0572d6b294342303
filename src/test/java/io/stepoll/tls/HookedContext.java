package io.stepoll.tls;

import java.nio.ByteBuffer;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/** A context whose engines call hooks of the test before they do their work: to wait there, or to fail. */
final class HookedContext extends SSLContext {
    /** What a test does within a call of an engine. */
    @FunctionalInterface
    interface Hook {
        void run() throws SSLException;
    }

    private final Spi hooked;

    private HookedContext(Spi spi, SSLContext real) {
        super(spi, real.getProvider(), real.getProtocol());
        hooked = spi;
    }

    static HookedContext over(SSLContext real) {
        return new HookedContext(new Spi(real), real);
    }

    /** The engine that was made last. */
    Engine engine() {
        return hooked.made.getLast();
    }

    private static final class Spi extends SSLContextSpi {
        private final SSLContext real;
        private final List<Engine> made = new ArrayList<>();

        Spi(SSLContext real) {
            this.real = real;
        }

        private Engine hooked(SSLEngine engine) {
            Engine hooked = new Engine(engine);
            made.add(hooked);
            return hooked;
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return hooked(real.createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return hooked(real.createSSLEngine(host, port));
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("it is made of another one");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return real.getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return real.getServerSocketFactory();
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return real.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return real.getClientSessionContext();
        }
    }

    /** An engine with hooks, each of which runs before the call that it is named for. */
    static final class Engine extends SSLEngine {
        final SSLEngine real;
        volatile Hook wrap = () -> {};
        volatile Hook unwrap = () -> {};
        volatile Hook closeOutbound = () -> {};

        private Engine(SSLEngine real) {
            this.real = real;
        }

        @Override
        public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target)
                throws SSLException {
            wrap.run();
            return real.wrap(sources, offset, length, target);
        }

        @Override
        public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length)
                throws SSLException {
            unwrap.run();
            return real.unwrap(source, targets, offset, length);
        }

        @Override
        public void closeOutbound() {
            try {
                closeOutbound.run();
            } catch (SSLException e) {
                throw new AssertionError(e);
            }
            real.closeOutbound();
        }

        @Override
        public Runnable getDelegatedTask() {
            return real.getDelegatedTask();
        }

        @Override
        public void closeInbound() throws SSLException {
            real.closeInbound();
        }

        @Override
        public boolean isInboundDone() {
            return real.isInboundDone();
        }

        @Override
        public boolean isOutboundDone() {
            return real.isOutboundDone();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return real.getSupportedCipherSuites();
        }

        @Override
        public String[] getEnabledCipherSuites() {
            return real.getEnabledCipherSuites();
        }

        @Override
        public void setEnabledCipherSuites(String[] suites) {
            real.setEnabledCipherSuites(suites);
        }

        @Override
        public String[] getSupportedProtocols() {
            return real.getSupportedProtocols();
        }

        @Override
        public String[] getEnabledProtocols() {
            return real.getEnabledProtocols();
        }

        @Override
        public void setEnabledProtocols(String[] protocols) {
            real.setEnabledProtocols(protocols);
        }

        @Override
        public SSLSession getSession() {
            return real.getSession();
        }

        @Override
        public void beginHandshake() throws SSLException {
            real.beginHandshake();
        }

        @Override
        public SSLEngineResult.HandshakeStatus getHandshakeStatus() {
            return real.getHandshakeStatus();
        }

        @Override
        public void setUseClientMode(boolean isClient) {
            real.setUseClientMode(isClient);
        }

        @Override
        public boolean getUseClientMode() {
            return real.getUseClientMode();
        }

        @Override
        public void setNeedClientAuth(boolean need) {
            real.setNeedClientAuth(need);
        }

        @Override
        public boolean getNeedClientAuth() {
            return real.getNeedClientAuth();
        }

        @Override
        public void setWantClientAuth(boolean want) {
            real.setWantClientAuth(want);
        }

        @Override
        public boolean getWantClientAuth() {
            return real.getWantClientAuth();
        }

        @Override
        public void setEnableSessionCreation(boolean enabled) {
            real.setEnableSessionCreation(enabled);
        }

        @Override
        public boolean getEnableSessionCreation() {
            return real.getEnableSessionCreation();
        }

        @Override
        public SSLParameters getSSLParameters() {
            return real.getSSLParameters();
        }

        @Override
        public void setSSLParameters(SSLParameters parameters) {
            real.setSSLParameters(parameters);
        }
    }
}
