package dev.fanfare.testkit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TcpProxyTest {

    private ServerSocket listener;
    private TcpProxy proxy;
    private Socket client;
    private Socket server;

    @BeforeEach
    void connect() throws IOException {
        listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        proxy = TcpProxy.to(listener.getLocalPort());
        client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        server = listener.accept();
        // The proxy connects before it counts the connection as its own.
        await().until(() -> proxy.open() == 1);
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        server.close();
        proxy.close();
        listener.close();
    }

    @Test
    void passesBytesBothWays() throws IOException {
        client.getOutputStream().write(1);
        assertEquals(1, server.getInputStream().read());
        server.getOutputStream().write(2);
        assertEquals(2, client.getInputStream().read());
        assertEquals(1, proxy.accepted());
    }

    @Test
    void passesTheEndOfEachDirectionByItself() throws IOException {
        client.shutdownOutput();
        assertEquals(-1, server.getInputStream().read());
        server.getOutputStream().write(2);
        assertEquals(2, client.getInputStream().read());
        server.close();
        assertEquals(-1, client.getInputStream().read());
        await().until(() -> proxy.open() == 0);
    }

    @Test
    void passesAReset() throws IOException {
        client.setSoLinger(true, 0);
        client.close();
        assertThrows(SocketException.class, () -> server.getInputStream().read());
    }

    @Test
    void resetReachesBothEnds() {
        proxy.reset();
        assertThrows(SocketException.class, () -> client.getInputStream().read());
        assertThrows(SocketException.class, () -> server.getInputStream().read());
        assertEquals(0, proxy.open());
    }

    @Test
    void finishReachesBothEnds() throws IOException {
        proxy.finish();
        assertEquals(-1, client.getInputStream().read());
        assertEquals(-1, server.getInputStream().read());
        client.close();
        server.close();
        await().until(() -> proxy.open() == 0);
    }

    @Test
    void theServerDoesNotLearnOfAClientThatWasResetAlone() throws IOException {
        proxy.resetClients();
        assertThrows(SocketException.class, () -> client.getInputStream().read());
        server.setSoTimeout(100);
        assertThrows(SocketTimeoutException.class, () -> server.getInputStream().read());
        server.getOutputStream().write(1);
        server.close();
        await().until(() -> proxy.open() == 0);
    }

    @Test
    void freezingHoldsBytesUntilItHeals() throws IOException {
        proxy.freeze();
        client.getOutputStream().write(1);
        server.setSoTimeout(100);
        assertThrows(SocketTimeoutException.class, () -> server.getInputStream().read());
        proxy.heal();
        server.setSoTimeout(0);
        assertEquals(1, server.getInputStream().read());
    }

    @Test
    void delayHoldsBytesForATime() throws IOException {
        proxy.delay(Duration.ofMillis(200));
        long start = System.nanoTime();
        client.getOutputStream().write(1);
        assertEquals(1, server.getInputStream().read());
        assertTrue(System.nanoTime() - start >= Duration.ofMillis(200).toNanos());
    }

    @Test
    void aServerThatIsGoneResetsTheClient() throws IOException {
        listener.close();
        try (Socket late = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            assertThrows(SocketException.class, () -> late.getInputStream().read());
        }
    }
}
