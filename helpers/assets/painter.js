// Paint a mask over a photo: corners of an outline, or a brush. The mask goes to Python as a PNG.
const HELP = {
  outline: "Click around the object, corner by corner. Double-click, or press Enter, to fill it.",
  paint: "Hold the button and paint.",
  erase: "Hold the button and take paint away.",
};

function render({ model, el }) {
  const [height, width] = model.get("size");
  const scale = Math.min(1, 720 / width);
  el.innerHTML = `
    <div role="toolbar" aria-label="Mask tools" class="painter-tools">
      ${Object.keys(HELP).map((name) => `<button type="button" data-tool="${name}"
        aria-pressed="false">${name}</button>`).join("")}
      <label>brush <input type="range" min="2" max="60" value="16"></label>
      <button type="button" data-act="undo">undo</button>
      <button type="button" data-act="clear">clear</button>
    </div>
    <div class="painter-stage" style="position: relative; width: ${width * scale}px">
      <img alt="The photo to paint on" style="width: 100%; display: block">
      <canvas width="${width}" height="${height}" tabindex="0" aria-label="The mask"
        style="position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none"></canvas>
    </div>
    <p role="status" style="margin: 4px 0"></p>`;
  el.querySelector("img").src = model.get("picture");
  const canvas = el.querySelector("canvas"), status = el.querySelector("[role=status]");
  const shown = canvas.getContext("2d"), brush = el.querySelector("input");
  const mask = new OffscreenCanvas(width, height);
  const pen = mask.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = pen.strokeStyle = "#D55E00";
  pen.lineCap = pen.lineJoin = "round";
  const past = [];
  let tool = "outline", corners = [], last = null;

  const draw = () => {
    shown.clearRect(0, 0, width, height);
    shown.globalAlpha = 0.55;
    shown.drawImage(mask, 0, 0);
    shown.globalAlpha = 1;
    shown.strokeStyle = "black";
    shown.lineWidth = 2 / scale;
    shown.beginPath();
    corners.forEach(([x, y]) => shown.lineTo(x, y));
    shown.stroke();
    corners.forEach(([x, y]) => shown.strokeRect(x - 2, y - 2, 4, 4));
  };
  const keep = () => {
    past.push(pen.getImageData(0, 0, width, height));
    if (past.length > 20) past.shift();
  };
  const send = async () => {
    draw();
    const bytes = new Uint8Array(await (await mask.convertToBlob()).arrayBuffer());
    model.set("png", new DataView(bytes.buffer));
    model.save_changes();
  };
  const choose = (name) => {
    tool = name;
    corners = [];
    el.querySelectorAll("[data-tool]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.tool === name));
      button.style.fontWeight = button.dataset.tool === name ? "bold" : "normal";
    });
    status.textContent = HELP[name];
    draw();
  };
  const fill = () => {
    if (corners.length > 2) {
      keep();
      pen.globalCompositeOperation = "source-over";
      pen.beginPath();
      corners.forEach(([x, y]) => pen.lineTo(x, y));
      pen.fill();
    }
    corners = [];
    send();
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * width) / box.width,
            ((event.clientY - box.top) * height) / box.height];
  };
  const stroke = (from, to) => {
    pen.globalCompositeOperation = tool === "erase" ? "destination-out" : "source-over";
    pen.lineWidth = Number(brush.value) / scale;
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
    draw();
  };

  el.querySelector(".painter-tools").addEventListener("click", ({ target }) => {
    if (target.dataset.tool) choose(target.dataset.tool);
    if (target.dataset.act === "undo" && corners.length) corners.pop();
    else if (target.dataset.act === "undo" && past.length) pen.putImageData(past.pop(), 0, 0);
    if (target.dataset.act === "clear") {
      keep();
      pen.clearRect(0, 0, width, height);
      corners = [];
    }
    if (target.dataset.act) send();
  });
  canvas.addEventListener("pointerdown", (event) => {
    const at = place(event);
    if (tool === "outline") {
      if (event.detail < 2) corners.push(at);
      draw();
    } else {
      keep();
      canvas.setPointerCapture(event.pointerId);
      stroke((last = at), at);
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last) stroke(last, (last = place(event)));
  });
  canvas.addEventListener("pointerup", () => {
    if (last) send();
    last = null;
  });
  canvas.addEventListener("dblclick", () => tool === "outline" && fill());
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && tool === "outline") fill();
    if (event.key === "Escape") { corners = []; draw(); }
    event.stopPropagation(); // or JupyterLab takes the key
  });

  const begin = model.get("png");
  if (begin && begin.byteLength) {
    createImageBitmap(new Blob([begin])).then((image) => {
      pen.drawImage(image, 0, 0);
      draw();
    });
  }
  choose(tool);
}

export default { render };
