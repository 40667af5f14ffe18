import { describe, it } from '@jest/globals';
import { checkPlans } from './check-plans.js';
import { deniedPlans } from './simulation-plan.js';

describe('whatever subscribers and callers do', () => {
  it('keeps every promise while callers lose rights and get them back', () => checkPlans(deniedPlans), 180_000);
});
