package dev.fanfare.hardening;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A realistic certificate for localhost: signed by an intermediate authority, which is signed by a root that clients
 * trust. PEM files for the node.
 *
 * @param keyFile the private key
 * @param chainFile the certificate and the intermediate authority's
 * @param storeFile all of it and more, PKCS12
 * @param clientContext trusts the root and nothing else
 */
record TestChain(Path keyFile, Path chainFile, Path storeFile, SSLContext clientContext) {

    static final String PASSWORD = "for-tests-only";
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    static TestChain in(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        Path file = directory.resolve("chain.p12");
        generate(file, "-alias root -dname CN=root -ext bc:c");
        generate(file, "-alias middle -dname CN=middle -ext bc:c=ca:true,pathlen:0 -signer root");
        generate(file, "-alias leaf -dname CN=localhost -ext SAN=dns:localhost,ip:127.0.0.1 -signer middle");
        KeyStore store = store(file);
        Path key = directory.resolve("key.pem");
        Files.writeString(
                key,
                pem("PRIVATE KEY", store.getKey("leaf", PASSWORD.toCharArray()).getEncoded()));
        Certificate[] certificates = store.getCertificateChain("leaf");
        Path chain = directory.resolve("chain.pem");
        Files.writeString(
                chain,
                pem("CERTIFICATE", certificates[0].getEncoded()) + pem("CERTIFICATE", certificates[1].getEncoded()));
        return new TestChain(key, chain, file, context(store, null));
    }

    /** The same with key and chain in files of their own, which a test may change. */
    TestChain copiedTo(Path directory) throws IOException {
        return new TestChain(
                Files.copy(keyFile, directory.resolve("key.pem")),
                Files.copy(chainFile, directory.resolve("chain.pem")),
                storeFile,
                clientContext);
    }

    /** Like the other context, with a client certificate signed by the root. */
    SSLContext contextOfClient(String name) throws IOException, GeneralSecurityException, InterruptedException {
        generate(storeFile, "-alias " + name + " -dname CN=" + name + " -signer root");
        return context(store(storeFile), name);
    }

    /** The node's key and certificates alone, PKCS12 with the same password. */
    Path leafStore(Path directory) throws IOException, GeneralSecurityException {
        KeyStore all = store(storeFile);
        KeyStore leaf = KeyStore.getInstance("PKCS12");
        leaf.load(null, null);
        char[] password = PASSWORD.toCharArray();
        leaf.setKeyEntry("leaf", all.getKey("leaf", password), password, all.getCertificateChain("leaf"));
        Path file = directory.resolve("leaf.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            leaf.store(out, password);
        }
        return file;
    }

    /** The root as PEM. */
    Path rootFile(Path directory) throws IOException, GeneralSecurityException {
        byte[] root = store(storeFile).getCertificate("root").getEncoded();
        return Files.writeString(directory.resolve("root.pem"), pem("CERTIFICATE", root));
    }

    /** A revocation list of the root that revokes the certificate of a client. */
    Path revoke(Path directory, String name) throws IOException, GeneralSecurityException, InterruptedException {
        X509Certificate revoked = (X509Certificate) store(storeFile).getCertificate(name);
        Path list = directory.resolve("revoked.crl");
        keytool(storeFile, "-gencrl -alias root -id " + revoked.getSerialNumber() + " -file " + list);
        return list;
    }

    private static void generate(Path store, String options) throws IOException, InterruptedException {
        keytool(store, "-genkeypair -keyalg EC -groupname secp256r1 -validity 2 " + options);
    }

    private static void keytool(Path store, String options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.add("-J-XX:TieredStopAtLevel=1"); // it does not live long enough to be compiled well
        command.addAll(List.of(options.split(" ")));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore", store.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(output);
        }
    }

    private static String pem(String type, byte[] content) {
        return "-----BEGIN " + type + "-----\n" + LINES.encodeToString(content) + "\n-----END " + type + "-----\n";
    }

    private static KeyStore store(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private static SSLContext context(KeyStore store, @Nullable String client)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("root", store.getCertificate("root"));
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (client != null) {
            char[] password = PASSWORD.toCharArray();
            own.setKeyEntry(client, store.getKey(client, password), password, store.getCertificateChain(client));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD.toCharArray());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), factory.getTrustManagers(), null);
        return context;
    }
}
