/**
 * What each metric and getter of OSWorld needs to run: the packages that its own code uses, by the calls in OSWorld's
 * source, not those that its module happens to import (osworld-bridge.md §2).
 */
import type { CriterionSpec, GetterConfig } from '../criteria.js';

export interface Needs {
  /** Python packages, by their normalized names (PEP 503). */
  packages: readonly string[];
  /** Programs of the machine that it runs on. */
  programs: readonly string[];
  /** An account that arpo-env does not use. */
  account: string | null;
  /** It runs code that the task brings, or that the model wrote. */
  runsCode: boolean;
}

/** Package names → the metrics that use all of them. Metrics that are in no row need the standard library alone. */
const METRIC_PACKAGES: Readonly<Record<string, string>> = {
  beautifulsoup4: 'check_html_background_image',
  'beautifulsoup4 lxml': 'compare_htmls',
  'cssselect lxml rapidfuzz': 'check_accessibility_tree',
  'easyocr numpy pillow': 'compare_image_text',
  'fastdtw librosa numpy scipy': 'compare_audios',
  'formulas lxml openpyxl pandas rapidfuzz xmltodict': 'compare_table',
  'imagehash opencv-python-headless pillow': 'compare_videos',
  'imagehash pillow pymupdf': 'compare_pdf_images',
  lxml: 'check_libre_locale compare_epub',
  'mutagen openpyxl': 'check_mp3_meta',
  'numpy opencv-python-headless': 'check_sharper compare_triangle_positions',
  'numpy pillow':
    'check_brightness_decrease_and_structure_sim check_green_background check_triangle_position',
  'numpy pillow scikit-image': `
    check_contrast_increase_and_structure_sim check_file_exists_and_structure_sim check_image_mirror
    check_palette_and_structure_sim check_saturation_increase_and_structure_sim check_structure_sim
    check_structure_sim_resized compare_images`,
  'odfpy python-docx rapidfuzz': `
    check_highlighted_words check_italic_font_size_14 compare_docx_files compare_insert_equation
    compare_line_spacing evaluate_strike_through_last_paragraph`,
  'odfpy python-docx rapidfuzz scikit-image': 'evaluate_colored_words_in_tables',
  openpyxl: 'check_thunderbird_prefs compare_conference_city_in_order',
  'openpyxl pyyaml': 'check_json',
  pdfplumber: 'is_gold_text_included_in_pdf',
  pillow:
    'check_image_size check_textbox_on_leftside compare_image_list decrease_brightness increase_saturation',
  'pillow python-docx': 'compare_docx_images',
  'pymupdf rapidfuzz': 'compare_pdfs',
  pypdf: 'check_pdf_pages',
  pypdf2: 'compare_zip_files',
  'python-docx': `
    check_no_duplicates check_tabstops compare_contains_image compare_docx_files_and_ignore_new_lines
    compare_docx_lines compare_docx_tables compare_font_names compare_init_lines compare_subscript_contains
    compare_unique_train_records contains_page_break evaluate_alignment evaluate_conversion evaluate_spacing
    get_unique_train_ids has_page_numbers_in_footers is_first_line_centered`,
  'python-docx rapidfuzz': 'compare_references fuzzy_place_math',
  'python-pptx': `
    check_image_stretch_and_center check_slide_numbers_color check_slide_orientation_Portrait
    check_strikethrough compare_pptx_files evaluate_presentation_fill_to_rgb_distance`,
  rapidfuzz: 'fuzzy_match',
  tldextract: 'is_cookie_deleted is_expected_active_tab is_expected_tabs',
};

/** The same for getters. */
const GETTER_PACKAGES: Readonly<Record<string, string>> = {
  'cssselect lxml':
    'active_tab_url_parse active_url_from_accessTree macys_product_url_parse url_dashPart url_path_parse',
  'cssselect lxml playwright': 'active_tab_info',
  'cssselect lxml playwright requests': 'active_tab_html_parse',
  'openpyxl pandas': 'content_from_vm_file',
  'playwright requests': `
    gotoRecreationPage_and_get_html_content info_from_website number_of_search_results open_tabs_info
    page_info pdf_from_url`,
  pydrive: 'googledrive_file',
  'pytz requests': 'rule_relativeTime',
  requests: 'cloud_file default_video_player vlc_playing_info vm_command_error vm_command_line',
};

/** compare_image_text answers 0.0 where it cannot run `file`, as it does without easyocr. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = { compare_image_text: ['file'] };

const ACCOUNTS: Readonly<Record<string, string>> = { googledrive_file: 'a Google account' };

const RUN_CODE: readonly string[] = ['check_python_file_by_test_suite'];

/** Getters that read the desktop's accessibility tree. */
const READ_TREE = words(`
  accessibility_tree active_tab_html_parse active_tab_info active_tab_url_parse active_url_from_accessTree
  macys_product_url_parse url_dashPart url_path_parse`);

/** compare_archive unpacks, and compares what was inside by another metric: the one that its option `file_type` means. */
const INSIDE_ARCHIVES: ReadonlyMap<unknown, string> = new Map([
  ['pdf', 'compare_pdfs'],
  ['docx', 'compare_docx_files'],
  ['ppt', 'compare_pptx_files'],
  ['image', 'compare_images'],
  ['table', 'compare_table'],
  ['audio', 'compare_audios'],
  ['video', 'compare_videos'],
]);

const metricPackages = byFunction(METRIC_PACKAGES);
const getterPackages = byFunction(GETTER_PACKAGES);

export function needsOfMetric({ metric, options }: CriterionSpec): Needs {
  const inner = metric === 'compare_archive' ? INSIDE_ARCHIVES.get(options.file_type) : undefined;
  return needsOf(inner ?? metric, metricPackages);
}

export function needsOfGetter({ type }: GetterConfig): Needs {
  return needsOf(type, getterPackages);
}

export function readsTree({ type }: GetterConfig): boolean {
  return READ_TREE.includes(type);
}

function needsOf(name: string, packages: ReadonlyMap<string, readonly string[]>): Needs {
  return {
    packages: packages.get(name) ?? [],
    programs: PROGRAMS[name] ?? [],
    account: ACCOUNTS[name] ?? null,
    runsCode: RUN_CODE.includes(name),
  };
}

function byFunction(rows: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(rows).flatMap(([packages, functions]) =>
      words(functions).map((name) => [name, words(packages)] as const),
    ),
  );
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
