package dev.fanfare.core.protocol;

import dev.fanfare.core.ErrorCode;

/**
 * Why a request was not carried out.
 *
 * @param code the kind of error
 * @param message for people; safe to show to the client
 */
public record FrameRefusal(ErrorCode code, String message) {}
