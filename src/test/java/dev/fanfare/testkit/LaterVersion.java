package dev.fanfare.testkit;

import dev.fanfare.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * This program as a later version of the protocol between nodes may be: with one more field in each message and in each block,
 * and with kinds of messages that nobody else knows, which it sends to all nodes at each tick. Made of the sources, a few of
 * which are changed and compiled once more.
 */
public final class LaterVersion {

    private static final String SOURCES = "src/main/java/dev/fanfare/";

    /** By file: what to replace, and by what. */
    private static final Map<String, List<String>> CHANGES = Map.of(
            "core/codec/WireVersions.java",
            List.of("new WireVersions(2, 1)", "new WireVersions(3, 1)"),
            "core/codec/WireWriter.java",
            List.of("void endFields() {}", "void endFields() { writeLong(-1); }"),
            "broker/bus/BusCodecs.java",
            List.of("writer.write(out, framed.value())", """
                    {
                                    if ((Object) framed.value() instanceof WireWriter.Body body) {
                                        body.write(out);
                                    } else {
                                        writer.write(out, framed.value());
                                    }
                                }"""),
            "broker/bus/RegistryVerticle.java",
            List.of("        handovers().tick();\n    }\n", """
                            handovers().tick();
                            for (Peer peer : routingTable.peers()) {
                                sendUnknown(Addresses.node(peer.id()), BusCodecs.ROUTING, out -> out.writeByte(99));
                                sendUnknown(Addresses.node(peer.id()), BusCodecs.HANDOVER, out -> out.writeByte(99));
                                sendUnknown(Addresses.node(peer.id()), BusCodecs.OPERATION, out -> {
                                    out.writeBlock(selector -> {
                                        selector.writeString("chat");
                                        selector.writeInt(0);
                                        selector.writeInt(0);
                                    });
                                    out.writeBlock(operation -> operation.writeString("Later"));
                                    out.writeByte(0);
                                });
                                sendUnknown(Addresses.notes(peer.id()), BusCodecs.NOTE, out -> {
                                    out.writeString(nodeId);
                                    out.writeBytes(new byte[] {99});
                                });
                            }
                        }

                        private void sendUnknown(
                                String address, String codec, dev.fanfare.core.codec.WireWriter.Body body) {
                            vertx.eventBus().send(
                                    address, new Framed<Object>(body, 2), new DeliveryOptions().setCodecName(codec));
                        }
                    """));

    private LaterVersion() {}

    /**
     * The command that runs it.
     *
     * @param folder for the classes
     */
    public static List<String> program(Path folder) throws IOException {
        Path basedir = Path.of(System.getProperty("fanfare.basedir", "."));
        @Nullable String jar = System.getProperty("fanfare.jar");
        String present = jar == null || !Files.exists(Path.of(jar)) ? System.getProperty("java.class.path") : jar;
        List<String> arguments = new ArrayList<>(List.of(
                "-nowarn",
                "-proc:none",
                "--release",
                "17",
                "-cp",
                present + ":" + System.getProperty("java.class.path")));
        arguments.addAll(
                List.of("-d", Files.createDirectories(folder.resolve("classes")).toString()));
        for (Map.Entry<String, List<String>> change : CHANGES.entrySet()) {
            Path changed = folder.resolve("sources/dev/fanfare").resolve(change.getKey());
            Files.createDirectories(Objects.requireNonNull(changed.getParent()));
            Files.writeString(changed, change(basedir.resolve(SOURCES + change.getKey()), change.getValue()));
            arguments.add(changed.toString());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler.run(null, System.out, System.err, arguments.toArray(new String[0])) != 0) {
            throw new IOException("the changed sources do not compile");
        }
        List<String> command = new ArrayList<>(JavaCommand.JAVA);
        command.addAll(List.of("-Xmx512m", "-cp", folder.resolve("classes") + ":" + present, Main.class.getName()));
        return command;
    }

    private static String change(Path source, List<String> change) throws IOException {
        String text = Files.readString(source);
        String before = change.get(0);
        if (text.indexOf(before) < 0 || text.indexOf(before) != text.lastIndexOf(before)) {
            throw new IOException(source + " has changed: once, and only once, it must contain " + before);
        }
        return text.replace(before, change.get(1));
    }
}
