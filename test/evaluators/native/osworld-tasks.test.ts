import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { taskSchema } from '../../../src/desktop/task.js';
import { nativeJudge } from '../../../src/evaluators/native/judge.js';

const { check: checkEvaluator, readsTree } = nativeJudge;

const TASKS = '../shared/conformance/osworld-tasks.jsonl';
const isThere = existsSync(TASKS);

/** What stays with the Python server: office, image, audio, video and PDF files, other people's accounts, code to run. */
const MISSING_METRICS = `
  check_accessibility_tree check_brightness_decrease_and_structure_sim check_contrast_increase_and_structure_sim
  check_file_exists_and_structure_sim check_green_background check_highlighted_words check_image_mirror check_image_size
  check_image_stretch_and_center check_italic_font_size_14 check_mp3_meta
  check_page_number_colors check_palette_and_structure_sim check_pdf_pages check_python_file_by_test_suite
  check_saturation_increase_and_structure_sim check_slide_orientation_Portrait check_structure_sim
  check_structure_sim_resized check_tabstops check_textbox_on_leftside check_triangle_position compare_archive
  compare_audios compare_conference_city_in_order compare_docx_files compare_docx_files_and_ignore_new_lines
  compare_docx_images compare_docx_tables compare_epub compare_font_names compare_htmls compare_image_list
  compare_image_text compare_images compare_line_spacing compare_pdf_images compare_pdfs compare_pptx_files
  compare_references compare_subscript_contains compare_table compare_unique_train_records compare_videos
  contains_page_break evaluate_colored_words_in_tables evaluate_presentation_fill_to_rgb_distance
  evaluate_strike_through_last_paragraph fuzzy_place_math has_page_numbers_in_footers is_first_line_centered`;
const MISSING_GETTERS = `
  active_tab_html_parse audio_in_slide background_image_in_slide content_from_vm_file googledrive_file
  gotoRecreationPage_and_get_html_content info_from_website pdf_from_url vm_wallpaper`;

/** Getters that read the accessibility tree. */
const TREE_GETTERS =
  /"type":"(accessibility_tree|active_url_from_accessTree|active_tab_info|active_tab_url_parse|url_dashPart|url_path_parse)"/;

describe.skipIf(!isThere)(
  isThere ? 'the 369 tasks of OSWorld' : `the 369 tasks of OSWorld — needs ${TASKS}`,
  () => {
    const lines = isThere ? readFileSync(TASKS, 'utf8').trim().split('\n') : [];
    const tasks = lines.map((line) => taskSchema.parse(JSON.parse(line)));
    const problems = new Map(tasks.map(({ id, evaluator }) => [id, checkEvaluator(evaluator)]));

    it('can be evaluated when they need no library', () => {
      const ids = JSON.parse(readFileSync('test/fixtures/library-free-task-ids.json', 'utf8')) as string[];
      expect(ids).toHaveLength(157);
      expect(ids.filter((id) => problems.get(id)?.length !== 0)).toEqual([]);
    });

    it('can be evaluated, or are refused with reasons', () => {
      const refused = [...problems.values()].filter((reasons) => reasons.length > 0);
      expect({ available: tasks.length - refused.length, refused: refused.length }).toEqual({
        available: 170,
        refused: 199,
      });
      expect(new Set(refused.flat().map(({ code }) => code))).toEqual(new Set(['E_EVALUATOR_UNAVAILABLE']));
    });

    it('are asked of desktops with an accessibility tree when they read it', () => {
      const reading = tasks.filter(({ evaluator }) => readsTree(evaluator));
      expect(reading).toHaveLength(25);
      const named = tasks.filter(({ evaluator }) => TREE_GETTERS.test(JSON.stringify(evaluator)));
      expect(reading.map(({ id }) => id)).toEqual(named.map(({ id }) => id));
    });

    it.each([
      ['metric', MISSING_METRICS],
      ['getter', MISSING_GETTERS],
    ])('lack no other %s than these', (kind, names) => {
      const messages = new Set([...problems.values()].flat().map(({ message }) => message));
      const missing = [...messages].flatMap(
        (message) => message.match(new RegExp(`^the ${kind} (.*) of OSWorld`))?.[1] ?? [],
      );
      expect(missing.map((name) => name.replaceAll(' ', '_')).sort()).toEqual(
        names.trim().split(/\s+/).sort(),
      );
    });
  },
);
