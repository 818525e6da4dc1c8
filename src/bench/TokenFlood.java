import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What bogus tokens do to others: the ping of a healthy client and the time of a genuine login, first in quiet, then while
 * some connections send bogus tokens to the REST API and to the client endpoint as fast as they are answered.
 *
 * <p>{@code java src/bench/TokenFlood.java keys} prints the settings of the node to be measured: an issuer with an RS256 and an
 * ES256 key of its own. Then {@code java src/bench/TokenFlood.java 127.0.0.1 8080 $ACCESS_KEY [seconds [connections [attackers'
 * address]]]}.
 */
public final class TokenFlood {

    private static final String ISSUER = "https://flood.example/";
    private static String host;
    private static int port;
    private static String key;

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("keys")) {
            System.out.println("FANFARE_AUTH_ISSUERS=[{\"issuer\":\"" + ISSUER + "\",\"audience\":[\"fanfare\"],\"keys\":["
                    + pem("RS256", rsa()) + "," + pem("ES256", ec()) + "]}]");
            return;
        }
        host = arguments[0];
        port = Integer.parseInt(arguments[1]);
        key = arguments[2];
        int seconds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 10;
        int connections = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 2;
        String from = arguments.length > 5 ? arguments[5] : host;

        System.out.println("warming up");
        measure("warm-up", seconds, 0, from);
        for (String algorithm : List.of("HS256", "RS256", "ES256")) {
            measure("warm-up " + algorithm, seconds, connections, from);
        }
        System.out.println("measuring");
        measure("quiet", seconds, 0, from);
        for (String algorithm : List.of("HS256", "RS256", "ES256")) {
            measure(algorithm, seconds, connections, from);
        }
        measure("quiet", seconds, 0, from);
    }

    private static void measure(String name, int seconds, int attackers, String from) throws Exception {
        AtomicBoolean go = new AtomicBoolean(true);
        LongAdder refused = new LongAdder();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < attackers; i++) {
            boolean api = i % 2 == 0;
            threads.add(start(() -> attack(name.replace("warm-up ", ""), api, from, go, refused)));
        }
        List<Long> pings = new ArrayList<>();
        List<Long> logins = new ArrayList<>();
        threads.add(start(() -> pings(go, pings)));
        threads.add(start(() -> logins(go, logins)));
        Thread.sleep(seconds * 1000L);
        go.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.printf(
                Locale.ROOT,
                "%-14s bogus %6.0f/s   ping p50 %6.2f p99 %6.2f max %6.2f ms (%d)   login p50 %6.2f p99 %6.2f max %6.2f ms (%d)%n",
                name,
                refused.sum() / (double) seconds,
                at(pings, 0.5), at(pings, 0.99), at(pings, 1), pings.size(),
                at(logins, 0.5), at(logins, 0.99), at(logins, 1), logins.size());
    }

    private interface Work {
        void run() throws Exception;
    }

    private static Thread start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception e) {
                e.printStackTrace();
            }
        });
        thread.start();
        return thread;
    }

    private static double at(List<Long> nanos, double quantile) {
        if (nanos.isEmpty()) {
            return Double.NaN;
        }
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] / 1e6;
    }

    /** Bogus tokens, each on the connection of the one before it as long as that is open. */
    private static void attack(String algorithm, boolean api, String from, AtomicBoolean go, LongAdder refused)
            throws Exception {
        int number = 0;
        while (go.get()) {
            try (Socket socket = connect(from)) {
                InputStream in = new BufferedInputStream(socket.getInputStream());
                boolean open = true;
                while (open && go.get()) {
                    String token = bogus(algorithm, number++);
                    String request = api
                            ? "HEAD /api/hubs/flood/groups/g HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n"
                            : upgrade(token);
                    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                    String head = head(in).toLowerCase(Locale.ROOT);
                    refused.increment();
                    open = api && !head.contains("connection: close");
                }
            } catch (IOException e) {
                // The next one.
            }
        }
    }

    private static void pings(AtomicBoolean go, List<Long> nanos) throws Exception {
        try (Socket socket = connect(host)) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            out.write(upgrade(client("pinger", 0)).getBytes(StandardCharsets.US_ASCII));
            head(in);
            byte[] ping = {(byte) 0x89, (byte) 0x80, 0, 0, 0, 0};
            while (go.get()) {
                long start = System.nanoTime();
                out.write(ping);
                in.read();
                in.read();
                nanos.add(System.nanoTime() - start);
                Thread.sleep(5);
            }
        }
    }

    private static void logins(AtomicBoolean go, List<Long> nanos) throws Exception {
        int number = 0;
        while (go.get()) {
            String request = upgrade(client("user", number++)); // each token is a new one
            long start = System.nanoTime();
            try (Socket socket = connect(host)) {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                String head = head(new BufferedInputStream(socket.getInputStream()));
                if (!head.startsWith("HTTP/1.1 101 ")) {
                    System.out.println("a genuine login was refused: " + head.lines().findFirst().orElse(""));
                }
            }
            nanos.add(System.nanoTime() - start);
            Thread.sleep(20);
        }
    }

    private static Socket connect(String from) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(host, port));
        return socket;
    }

    private static String upgrade(String token) {
        return "GET /client/hubs/flood?access_token=" + token + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int octet = in.read();
            if (octet < 0) {
                throw new IOException("the node hung up");
            }
            head.append((char) octet);
        }
        int length = head.indexOf("content-length: ");
        if (length >= 0 && head.indexOf("401") > 0 && head.indexOf("WWW-Authenticate: Bearer realm") > 0) {
            in.readNBytes(Integer.parseInt(head.substring(length + 16, head.indexOf("\r\n", length))));
        }
        return head.toString();
    }

    private static String client(String user, int number) throws Exception {
        return hs256("{\"aud\":\"http://x/client/hubs/flood\",\"exp\":" + (Instant.now().getEpochSecond() + 600) + ",\"sub\":\""
                + user + "\",\"jti\":\"" + number + "\"}", key);
    }

    /** A token that is right in everything but its signature. */
    private static String bogus(String algorithm, int number) throws Exception {
        long exp = Instant.now().getEpochSecond() + 600;
        if (algorithm.equals("HS256")) {
            return hs256("{\"aud\":[\"http://x/client/hubs/flood\",\"http://x/api/hubs/flood/groups/g\"],\"exp\":" + exp + ",\"jti\":\"" + number + "\"}", "not " + key);
        }
        byte[] signature = new byte[algorithm.equals("ES256") ? 64 : 256];
        Arrays.fill(signature, (byte) 1);
        signature[5] = (byte) number;
        return base64("{\"alg\":\"" + algorithm + "\"}") + "."
                + base64("{\"iss\":\"" + ISSUER + "\",\"aud\":\"fanfare\",\"exp\":" + exp + ",\"jti\":\"" + number + "\"}") + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    private static String hs256(String claims, String secret) throws Exception {
        String signed = base64("{\"alg\":\"HS256\"}") + "." + base64(claims);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return signed + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static KeyPair rsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair();
    }

    private static KeyPair ec() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static String pem(String algorithm, KeyPair pair) {
        return "{\"algorithm\":\"" + algorithm + "\",\"pem\":\"-----BEGIN PUBLIC KEY-----\\n"
                + Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()) + "\\n-----END PUBLIC KEY-----\\n\"}";
    }
}
