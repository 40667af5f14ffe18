import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type DirectiveNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/**
 * Refuses `@skip` and `@include` on what a subscription watches, as GraphQL itself does since its edition of September
 * 2025: without its one field a subscription is none, and graphql-js fails where it has to begin.
 */
export function unconditionalSubscriptionsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation !== OperationTypeNode.SUBSCRIPTION) return;
      for (const directive of conditionsOf(selectionSet, context, new Set())) {
        const message = `A subscription watches one thing: @${directive.name.value} must not be on it.`;
        context.reportError(new GraphQLError(message, { nodes: directive }));
      }
    },
  };
}

function conditionsOf(
  { selections }: SelectionSetNode,
  context: ValidationContext,
  seen: Set<string>,
): DirectiveNode[] {
  return selections.flatMap((selection) => {
    const own = (selection.directives ?? []).filter(({ name }) => name.value === 'skip' || name.value === 'include');
    if (selection.kind === Kind.FIELD) return own;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return [...own, ...conditionsOf(selection.selectionSet, context, seen)];
    const name = selection.name.value;
    const fragment = seen.has(name) ? null : context.getFragment(name);
    seen.add(name);
    return fragment == null ? own : [...own, ...conditionsOf(fragment.selectionSet, context, seen)];
  });
}
