package dev.fanfare.ops;

/** The formats of a scrape. */
public enum Exposition {
    /** The Prometheus text format: the default. */
    TEXT("text/plain; version=0.0.4; charset=utf-8"),
    /** OpenMetrics text, if requested. */
    OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

    private final String contentType;

    Exposition(String contentType) {
        this.contentType = contentType;
    }

    /** The value of the header {@code Content-Type}. */
    public String contentType() {
        return contentType;
    }
}
