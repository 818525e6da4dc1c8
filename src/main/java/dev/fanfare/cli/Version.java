package dev.fanfare.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"fanfare " + text()};
    }

    /** The version of this program. */
    public static String text() {
        String version = Cli.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }
}
