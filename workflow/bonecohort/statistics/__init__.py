"""Estimators: arrays or frames, column names and Variables in, numbers or tidy frames out.

No estimator knows a technique or a publication. A row that has no result says why in ``warning`` or
``reason``; numbers are unrounded. A *frame* has one row a participant (``participant_id``), or one
a participant and site (``site``).

============================================ ====================================================
``tests.comparisons.compare_groups``         (plan, variables, choice): every test of every row
``tests.choice.comparison_sentences``        (comparisons, variables): the methods text of a table
``tests.counts.count_categories``            (plan, variables): counts and percentages
``tests.normality_table.normality_table``    (first, second, names, second_names, variables)
``tests.multiplicity.holm``                  (p_values); ``adjust_family`` (family, frame)
``effects.effect_table.effect_sizes``        (plan, variables): effect sizes with limits
``effects.correlation_table``                ``correlation_matrix`` (frame, names, variables,
                                             method, adjust_for): Pearson, Spearman, partial;
                                             ``site_correlations``, the same: total, within and
                                             between participants
``effects.prevalence.prevalence_of_sites``   (parts, counted): Wilson and cluster-robust limits;
                                             ``parts_by_site`` (frame, event, category, sites)
``regression.model_table.regression_table``  (frame, outcome, univariate, multivariable, variables,
                                             errors=): linear, logistic or ordinal by the
                                             outcome's type (``family_of``)
``…model_table.proportional_odds_tests``     (frame, outcome, univariate, multivariable, variables)
``regression.site_questions.site_question``  (frame, outcome, names, variables, site=): a question
``regression.clustered_table``               ``clustered_results`` (questions): naive,
                                             cluster-robust and GEE
``regression.mixed_table.mixed_results``     (questions): a random intercept a participant
``regression.logistic_published``            ``logistic_models`` (participants, outcome,
                                             univariate, multivariable, variables): Wald
``regression.logistic_recommended``          ``recommended_models``, the same: profile likelihood
``regression.model_diagnostics.fit_models``  (participants, outcome, univariate, multivariable,
                                             variables): the models that the next ones judge
``regression.linearity``                     ``linearity``, ``spline_curves`` (models,
                                             spline_terms, n_knots)
``regression.variance_inflation``            ``variance_inflation`` (models)
``prediction.model_performance``             ``model_performance`` (models, resamples, seed),
                                             ``calibration_table``, ``model_curves`` (models)
``prediction.roc_table.roc_tables``          (participants, standard, predictors, resamples, seed):
                                             areas, Youden's cuts; and the curves
``prediction.auc_comparison``                ``auc_comparisons`` (participants, standard,
                                             predictors): DeLong's test of each two
``prediction.thresholds.threshold_table``    (participants, predictor, thresholds, outcome, levels,
                                             standard=, label=)
``prediction.reference_standard``            ``at_or_below`` (participants, column, cut);
                                             ``of_category`` (participants, column, levels)
``agreement.agreement_table``                ``agreement_of_readers`` (measures, gradings): ICC,
                                             Bland–Altman, kappas
``missing.missing_values.missing_values``    (participants, models, names, variables)
``missing.imputed_model.compare_imputed``    (participants, model, candidates, variables,
                                             imputations): complete cases beside imputed ones
``planning.sample_size.sample_size``         (participants, multivariable, planned, levels, further)
============================================ ====================================================

``plan`` is a sequence of (``tests.groupings.Grouping``, names); ``predictors`` are
``prediction.roc_table.Predictor(name, direction)``.
"""
