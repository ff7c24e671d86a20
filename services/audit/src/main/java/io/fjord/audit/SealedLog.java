package io.fjord.audit;

import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.NoteKey;
import io.fjord.audit.log.NoteSigner;
import io.fjord.audit.log.SignedNote;

/**
 * What others may know of the log at some moment.
 *
 * @param checkpoint the newest; everything it covers is on the object store
 * @param note the checkpoint, signed
 */
record SealedLog(NoteSigner signer, LogFiles files, Checkpoint checkpoint, SignedNote note) {

    NoteKey key() {
        return signer.key();
    }
}
