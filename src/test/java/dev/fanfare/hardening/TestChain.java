package dev.fanfare.hardening;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for localhost as operators have it: signed by an intermediate authority, which a root signed that clients
 * know. PEM files for the node.
 *
 * @param keyFile the private key
 * @param chainFile the certificate and the intermediate authority's
 * @param clientContext trusts the root and nothing else
 */
record TestChain(Path keyFile, Path chainFile, SSLContext clientContext) {

    private static final String PASSWORD = "for-tests-only";
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    static TestChain in(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        Path file = directory.resolve("chain.p12");
        generate(file, "-alias root -dname CN=root -ext bc:c");
        generate(file, "-alias middle -dname CN=middle -ext bc:c=ca:true,pathlen:0 -signer root");
        generate(file, "-alias leaf -dname CN=localhost -ext SAN=dns:localhost,ip:127.0.0.1 -signer middle");
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        Path key = directory.resolve("key.pem");
        Files.writeString(
                key,
                pem("PRIVATE KEY", store.getKey("leaf", PASSWORD.toCharArray()).getEncoded()));
        Certificate[] certificates = store.getCertificateChain("leaf");
        Path chain = directory.resolve("chain.pem");
        Files.writeString(
                chain,
                pem("CERTIFICATE", certificates[0].getEncoded()) + pem("CERTIFICATE", certificates[1].getEncoded()));
        return new TestChain(key, chain, trusting(store.getCertificate("root")));
    }

    private static void generate(Path store, String options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of("-genkeypair -keyalg EC -groupname secp256r1 -validity 2 -storetype PKCS12".split(" ")));
        command.addAll(List.of("-storepass", PASSWORD, "-keystore", store.toString()));
        command.addAll(List.of(options.split(" ")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(output);
        }
    }

    private static String pem(String type, byte[] content) {
        return "-----BEGIN " + type + "-----\n" + LINES.encodeToString(content) + "\n-----END " + type + "-----\n";
    }

    private static SSLContext trusting(Certificate root) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("root", root);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
