package dev.fanfare.bench;

/** The source of tokens. Called on driver threads for every connection, so it must be fast. */
public interface Tokens {

    /**
     * The token of a connection that receives; empty for none.
     *
     * @param connection counts up from 0, and further when connections are opened again
     * @param group the group to join; empty for none
     */
    String member(int connection, String group);

    /** The token of a connection that publishes; empty for none. */
    String publisher();

    /** The same token for everyone; empty for none. */
    static Tokens same(String token) {
        return new Tokens() {
            @Override
            public String member(int connection, String group) {
                return token;
            }

            @Override
            public String publisher() {
                return token;
            }
        };
    }
}
