import { describeForms } from './forms.suite.ts';

describeForms('in workerd');
