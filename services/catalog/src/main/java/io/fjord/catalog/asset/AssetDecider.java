package io.fjord.catalog.asset;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetCommand;
import io.fjord.contract.catalog.asset.AssetCommand.ApproveClassification;
import io.fjord.contract.catalog.asset.AssetCommand.ChangeOwners;
import io.fjord.contract.catalog.asset.AssetCommand.ChangeTags;
import io.fjord.contract.catalog.asset.AssetCommand.ChangeTerms;
import io.fjord.contract.catalog.asset.AssetCommand.DeprecateAsset;
import io.fjord.contract.catalog.asset.AssetCommand.DescribeAsset;
import io.fjord.contract.catalog.asset.AssetCommand.EndDeprecation;
import io.fjord.contract.catalog.asset.AssetCommand.RejectClassification;
import io.fjord.contract.catalog.asset.AssetCommand.RemoveClassification;
import io.fjord.contract.catalog.asset.AssetCommand.RequestClassification;
import io.fjord.contract.catalog.asset.AssetCommand.ReviewClassification;
import io.fjord.contract.catalog.asset.AssetCommand.WithdrawClassification;
import io.fjord.contract.catalog.asset.AssetEvent;
import io.fjord.contract.catalog.asset.AssetEvent.AssetDeprecated;
import io.fjord.contract.catalog.asset.AssetEvent.AssetDescribed;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationApproved;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationRejected;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationRemoved;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationRequested;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationReviewed;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationWithdrawn;
import io.fjord.contract.catalog.asset.AssetEvent.DeprecationEnded;
import io.fjord.contract.catalog.asset.AssetEvent.OwnersChanged;
import io.fjord.contract.catalog.asset.AssetEvent.TagsChanged;
import io.fjord.contract.catalog.asset.AssetEvent.TermsChanged;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.contract.catalog.asset.Notes.Request;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The rules of what people say of a table. A classification holds when two people want it: who asked, and somebody else. */
final class AssetDecider implements Decider<AssetCommand, Asset, AssetEvent> {

    /** Of tags, terms, owners, requests. */
    static final int MOST = 100;

    private static final String SO_ALREADY = "It is so already";

    @Override
    public Asset initial(Address subject) {
        return Asset.unsaid(subject);
    }

    @Override
    public Asset evolve(Asset state, AssetEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<AssetEvent> decide(AssetCommand command, Asset state, Context context) {
        return state.known()
                ? command.match(new Rules(state, state.notes(), context))
                : Decision.reject(AssetProblems.notFound(state.address()));
    }

    private record Rules(Asset asset, Notes notes, Context context)
            implements AssetCommand.Cases<Decision<AssetEvent>> {

        @Override
        public Decision<AssetEvent> on(DescribeAsset wish) {
            return Objects.equals(notes.description(), wish.description())
                    ? Decision.noEffect(SO_ALREADY)
                    : Decision.accept(new AssetDescribed(wish.description()));
        }

        @Override
        public Decision<AssetEvent> on(ChangeOwners wish) {
            List<String> owners = List.copyOf(new TreeSet<>(wish.owners()));
            if (owners.size() > MOST) {
                return Decision.reject(AssetProblems.tooMany("owners", MOST));
            }
            return owners.equals(notes.owners())
                    ? Decision.noEffect(SO_ALREADY)
                    : Decision.accept(new OwnersChanged(owners));
        }

        @Override
        public Decision<AssetEvent> on(ChangeTags wish) {
            return changed("tags", notes.tags(), wish.add(), wish.remove(), TagsChanged::new);
        }

        @Override
        public Decision<AssetEvent> on(ChangeTerms wish) {
            return changed("terms", notes.terms(), wish.add(), wish.remove(), TermsChanged::new);
        }

        private static Decision<AssetEvent> changed(
                String what,
                List<String> before,
                List<String> add,
                List<String> remove,
                BiFunction<List<String>, List<String>, AssetEvent> event) {
            TreeSet<String> added = new TreeSet<>(add);
            added.removeAll(before);
            TreeSet<String> removed = new TreeSet<>(remove);
            removed.retainAll(before);
            removed.removeAll(add);
            if (before.size() + added.size() - removed.size() > MOST) {
                return Decision.reject(AssetProblems.tooMany(what, MOST));
            }
            return added.isEmpty() && removed.isEmpty()
                    ? Decision.noEffect(SO_ALREADY)
                    : Decision.accept(event.apply(List.copyOf(added), List.copyOf(removed)));
        }

        @Override
        public Decision<AssetEvent> on(DeprecateAsset wish) {
            Notes.Deprecation now = notes.deprecation();
            return now != null
                            && now.note().equals(wish.note())
                            && Objects.equals(now.replacement(), wish.replacement())
                    ? Decision.noEffect(SO_ALREADY)
                    : Decision.accept(new AssetDeprecated(wish.note(), wish.replacement(), context.now()));
        }

        @Override
        public Decision<AssetEvent> on(EndDeprecation wish) {
            return notes.deprecation() == null
                    ? Decision.noEffect("It is not deprecated")
                    : Decision.accept(new DeprecationEnded());
        }

        // Classifications

        @Override
        public Decision<AssetEvent> on(RequestClassification wish) {
            if (notes.isClassified(wish.classification())) {
                return Decision.noEffect("It is classified so already");
            }
            Optional<Request> open = notes.requests().stream()
                    .filter(request -> request.classification().equals(wish.classification()))
                    .findFirst();
            if (open.isPresent()) {
                return Decision.reject(AssetProblems.requestedAlready(open.get()));
            }
            if (notes.requests().size() >= MOST) {
                return Decision.reject(AssetProblems.tooMany("requests", MOST));
            }
            return Decision.accept(new ClassificationRequested(
                    context.newId().get(), wish.classification(), wish.reason(), context.actor(), context.now()));
        }

        @Override
        public Decision<AssetEvent> on(ReviewClassification wish) {
            return byAnother(
                    wish.request(),
                    request -> Decision.accept(new ClassificationReviewed(
                            request.id(), wish.recommended(), wish.comment(), context.actor(), context.now())));
        }

        @Override
        public Decision<AssetEvent> on(ApproveClassification wish) {
            return byAnother(
                    wish.request(),
                    request -> request.review() == null
                            ? Decision.reject(AssetProblems.notReviewed(request))
                            : Decision.accept(new ClassificationApproved(
                                    request.id(),
                                    request.classification(),
                                    wish.comment(),
                                    context.actor(),
                                    context.now())));
        }

        @Override
        public Decision<AssetEvent> on(RejectClassification wish) {
            return byAnother(
                    wish.request(),
                    request -> Decision.accept(
                            new ClassificationRejected(request.id(), wish.comment(), context.actor(), context.now())));
        }

        @Override
        public Decision<AssetEvent> on(WithdrawClassification wish) {
            return requested(
                    wish.request(),
                    request -> request.by().equals(context.actor())
                            ? Decision.accept(new ClassificationWithdrawn(request.id()))
                            : Decision.reject(AssetProblems.notYours(request)));
        }

        @Override
        public Decision<AssetEvent> on(RemoveClassification wish) {
            return notes.isClassified(wish.classification())
                    ? Decision.accept(new ClassificationRemoved(wish.classification()))
                    : Decision.reject(AssetProblems.notClassified(asset.address(), wish.classification()));
        }

        private Decision<AssetEvent> byAnother(String id, Function<Request, Decision<AssetEvent>> then) {
            return requested(
                    id,
                    request -> request.by().equals(context.actor())
                            ? Decision.reject(AssetProblems.ownRequest(request))
                            : then.apply(request));
        }

        private Decision<AssetEvent> requested(String id, Function<Request, Decision<AssetEvent>> then) {
            return notes.request(id)
                    .map(then)
                    .orElseGet(() -> Decision.reject(AssetProblems.noSuchRequest(asset.address(), id)));
        }
    }
}
