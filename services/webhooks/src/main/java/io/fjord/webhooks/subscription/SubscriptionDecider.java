package io.fjord.webhooks.subscription;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.webhooks.subscription.DisabledBecause;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ChangeSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.CreateSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.DeleteSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.DisableSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ExpireOldKeys;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.PingSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReplayEvents;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReportEndpointDead;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReportEndpointGone;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ResendDelivery;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ResendFailed;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ResumeSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.RotateSigningKeys;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.FailedResendWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.OldKeysExpired;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.ReplayWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.ResendWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SigningKeysRotated;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionChanged;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionCreated;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionDeleted;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionDisabled;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionPinged;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionResumed;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/** The rules of subscriptions. */
final class SubscriptionDecider implements Decider<SubscriptionCommand, Subscription, SubscriptionEvent> {

    private final SubscriptionProblems problems;

    SubscriptionDecider(SubscriptionProblems problems) {
        this.problems = problems;
    }

    @Override
    public Subscription initial(Address subject) {
        return Subscription.absent(subject);
    }

    @Override
    public Subscription evolve(Subscription state, SubscriptionEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<SubscriptionEvent> decide(SubscriptionCommand command, Subscription state, Context context) {
        return command.match(new Rules(state, context, problems));
    }

    @Override
    public Optional<Deadline<SubscriptionCommand>> deadline(Subscription state, long version) {
        Instant until = state.previousUntil();
        return state.there() && until != null
                ? Optional.of(new Deadline<>(until, new ExpireOldKeys()))
                : Optional.empty();
    }

    private record Rules(Subscription subscription, Context context, SubscriptionProblems problems)
            implements SubscriptionCommand.Cases<Decision<SubscriptionEvent>> {

        @Override
        public Decision<SubscriptionEvent> on(CreateSubscription command) {
            if (subscription.there()) {
                return Decision.reject(SubscriptionProblems.alreadyExists(subscription.address()));
            }
            // Another one of the same name begins anew: what is kept of the one before is not its own.
            return right(
                    command.terms(),
                    () -> Decision.accept(new SubscriptionCreated(
                            context.newId().get(),
                            command.terms(),
                            context.actor(),
                            command.keysRef(),
                            command.publicKey(),
                            context.now())));
        }

        /** Who changes it answers for it: what is sent from then on is what they may read. */
        @Override
        public Decision<SubscriptionEvent> on(ChangeSubscription command) {
            return existing(() -> right(
                    command.terms(),
                    () -> subscription.terms().equals(command.terms())
                                    && subscription.owner().equals(context.actor())
                            ? Decision.noEffect("It is just so already")
                            : Decision.accept(new SubscriptionChanged(command.terms(), context.actor()))));
        }

        @Override
        public Decision<SubscriptionEvent> on(DeleteSubscription command) {
            return existing(() -> Decision.accept(new SubscriptionDeleted()));
        }

        @Override
        public Decision<SubscriptionEvent> on(DisableSubscription command) {
            return existing(() -> subscription.disabled() != null
                    ? Decision.noEffect("It is disabled already")
                    : disabled(
                            DisabledBecause.ASKED,
                            command.reason() == null ? "Asked for by " + context.actor() : command.reason()));
        }

        @Override
        public Decision<SubscriptionEvent> on(ResumeSubscription command) {
            return existing(() -> subscription.disabled() == null
                    ? Decision.noEffect("It is not disabled")
                    : Decision.accept(new SubscriptionResumed()));
        }

        @Override
        public Decision<SubscriptionEvent> on(RotateSigningKeys command) {
            return existing(() -> Decision.accept(new SigningKeysRotated(
                    command.keysRef(),
                    command.publicKey(),
                    command.overlapSeconds() == 0 ? null : context.now().plusSeconds(command.overlapSeconds()))));
        }

        @Override
        public Decision<SubscriptionEvent> on(ExpireOldKeys command) {
            Instant until = subscription.previousUntil();
            return until == null || until.isAfter(context.now())
                    ? Decision.noEffect("There are no keys to expire now")
                    : Decision.accept(new OldKeysExpired());
        }

        @Override
        public Decision<SubscriptionEvent> on(PingSubscription command) {
            return sending(() -> Decision.accept(new SubscriptionPinged()));
        }

        @Override
        public Decision<SubscriptionEvent> on(ReplayEvents command) {
            return sending(() -> {
                Optional<Problem> wrong =
                        SubscriptionProblems.ofReplay(command.from(), command.since(), command.filter());
                return wrong.isPresent()
                        ? Decision.reject(wrong.get())
                        : Decision.accept(new ReplayWished(
                                context.newId().get(),
                                command.from(),
                                command.since(),
                                command.filter(),
                                command.only()));
            });
        }

        @Override
        public Decision<SubscriptionEvent> on(ResendDelivery command) {
            return sending(() -> Decision.accept(new ResendWished(command.source(), command.position())));
        }

        @Override
        public Decision<SubscriptionEvent> on(ResendFailed command) {
            return sending(() -> Decision.accept(new FailedResendWished(command.since())));
        }

        @Override
        public Decision<SubscriptionEvent> on(ReportEndpointGone command) {
            return reported(
                    command.subscriptionId(),
                    command.seenVersion(),
                    DisabledBecause.GONE,
                    "The endpoint answered 410 to " + command.delivery()
                            + ": it wants no more. Resume it if that was a mistake; all since then is kept.");
        }

        @Override
        public Decision<SubscriptionEvent> on(ReportEndpointDead command) {
            return reported(
                    command.subscriptionId(),
                    command.seenVersion(),
                    DisabledBecause.EXHAUSTED,
                    "The endpoint did not take " + command.delivery()
                            + " at any of its attempts. Resume it when it answers again; all since then is kept.");
        }

        /** What was seen before somebody changed or resumed it says nothing of it now. */
        private Decision<SubscriptionEvent> reported(
                String id, long seenVersion, DisabledBecause because, String reason) {
            if (!subscription.there() || !subscription.id().equals(id)) {
                return Decision.noEffect("That subscription is gone");
            }
            return subscription.disabled() != null
                    ? Decision.noEffect("It is disabled already")
                    : disabled(because, reason);
        }

        private Decision<SubscriptionEvent> disabled(DisabledBecause because, String reason) {
            return Decision.accept(new SubscriptionDisabled(because, reason, context.now()));
        }

        private Decision<SubscriptionEvent> right(
                SubscriptionTerms terms, Supplier<Decision<SubscriptionEvent>> otherwise) {
            Optional<Problem> wrong = problems.of(terms);
            return wrong.isPresent() ? Decision.reject(wrong.get()) : otherwise.get();
        }

        private Decision<SubscriptionEvent> existing(Supplier<Decision<SubscriptionEvent>> otherwise) {
            return subscription.there()
                    ? otherwise.get()
                    : Decision.reject(SubscriptionProblems.notFound(subscription.address()));
        }

        private Decision<SubscriptionEvent> sending(Supplier<Decision<SubscriptionEvent>> otherwise) {
            return existing(() -> subscription.disabled() == null
                    ? otherwise.get()
                    : Decision.reject(SubscriptionProblems.disabled(subscription.address())));
        }
    }
}
